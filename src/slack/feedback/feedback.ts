import { ACTION, SHORTCUT, VIEW } from '../blocks/ids.ts'
import { type Feature, feature } from '../platform/feature.ts'
import { FIELD_PREFIX } from '../platform/form-payloads.ts'
import {
  onCorrectButton,
  onCorrectionClosed,
  onCorrectionSent,
  onCorrectShortcut,
  onDraftForMe,
  onStartAfresh,
  onTyped,
} from './correction-listeners.ts'
import { type FeedbackListenerDeps, onReaction, onVoteButton } from './vote-listeners.ts'

/** Thumbs, reactions and the correction form. */
export function createFeedback(deps: FeedbackListenerDeps): Feature {
  return feature((app) => {
    app.action(ACTION.vote, onVoteButton(deps))
    app.action(ACTION.correct, onCorrectButton(deps))
    app.shortcut(SHORTCUT.correct, onCorrectShortcut(deps))
    app.action(ACTION.draftForMe, onDraftForMe(deps))
    app.action(ACTION.startAfresh, onStartAfresh(deps))
    app.action(new RegExp(`^${FIELD_PREFIX}`), onTyped(deps))
    app.view(VIEW.correction, onCorrectionSent(deps))
    app.view({ callback_id: VIEW.correction, type: 'view_closed' }, onCorrectionClosed(deps))
    app.event('reaction_added', onReaction(deps))
    app.event('reaction_removed', onReaction(deps))
  })
}
