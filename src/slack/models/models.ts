import type { Outbox } from '../../outbox/outbox.ts'
import { ACTION } from '../blocks/ids.ts'
import { type Feature, feature } from '../platform/feature.ts'
import type { Access, ClientsOf } from '../platform/workspaces.ts'
import { notifyAdministrators, type ReportFile } from './admin-notices.ts'
import { createAuthorNotices } from './author-notices.ts'
import { type ModelListenerDeps, onEndCanary, onPromoteModel, onRollBack } from './listeners.ts'

/** Live models: the buttons, administrators' news, and authors' notices once their corrections are live. */
export function createModels(
  deps: ModelListenerDeps & {
    outbox: Outbox
    teams: Access['teams']
    reportFile: ReportFile
    clientsOf: ClientsOf
    now: () => number
  },
): Feature {
  notifyAdministrators(deps)
  return feature(
    (app) => {
      app.action(ACTION.rollBack, onRollBack(deps))
      app.action(ACTION.endTrial, onEndCanary(deps))
      app.action(ACTION.moveModel, onPromoteModel(deps))
    },
    [createAuthorNotices(deps)],
  )
}
