import { ACTION, VIEW } from '../blocks/ids.ts'
import { type Feature, feature } from '../platform/feature.ts'
import {
  type LogLineListenerDeps,
  onCategoryClosed,
  onCategorySent,
  onCategoryVote,
  onClassifyCommand,
  onCorrectCategory,
} from './listeners.ts'

/** `/classify`, and votes on and corrections of its category. */
export function createLogLines(deps: LogLineListenerDeps): Feature {
  return feature((app) => {
    app.command('/classify', onClassifyCommand(deps))
    app.action(ACTION.voteOnCategory, onCategoryVote(deps))
    app.action(ACTION.correctCategory, onCorrectCategory(deps))
    app.view(VIEW.logLine, onCategorySent(deps))
    app.view({ callback_id: VIEW.logLine, type: 'view_closed' }, onCategoryClosed(deps))
  })
}
