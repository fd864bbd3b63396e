import { ACTION, VIEW } from '../blocks/ids.ts'
import { type Feature, feature } from '../platform/feature.ts'
import { type ExportListenerDeps, onExportSent, onHomeExport } from './listeners.ts'

/** "Export approved corrections" in App Home, and its form. */
export function createExports(deps: ExportListenerDeps): Feature {
  return feature((app) => {
    app.action(ACTION.homeExport, onHomeExport(deps))
    app.view(VIEW.export, onExportSent(deps))
  })
}
