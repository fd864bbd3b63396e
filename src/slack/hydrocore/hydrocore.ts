import { type Feature, feature } from '../platform/feature.ts'
import { type HydrocoreListenerDeps, onHydrocoreCommand } from './slash-command.ts'

/** `/hydrocore help | status | queue | export | model | audit`. */
export function createHydrocoreCommand(deps: HydrocoreListenerDeps): Feature {
  return feature((app) => {
    app.command('/hydrocore', onHydrocoreCommand(deps))
  })
}
