import type { Outbox } from '../../outbox/outbox.ts'
import { ACTION, VIEW } from '../blocks/ids.ts'
import { type Feature, feature } from '../platform/feature.ts'
import type { AlertTarget } from '../platform/message.ts'
import type { ReviewingDeps } from './decide.ts'
import { notifyAuthors } from './decision-notices.ts'
import { onApproveCorrection, onRejectClosed, onRejectCorrection, onRejectSent } from './queue-listeners.ts'
import { notifyReviewers } from './review-channel.ts'
import {
  onCatalogWrong,
  onEditCorrection,
  onMergeCorrection,
  onReviewClosed,
  onReviewSent,
} from './review-listeners.ts'

/** The review queue: its buttons and forms, the reviewers' channel and the authors' notices. */
export function createReviews(
  deps: ReviewingDeps & { outbox: Outbox; target: AlertTarget | null; homeTeam: () => Promise<string> },
): Feature {
  notifyAuthors(deps)
  notifyReviewers(deps)
  return feature((app) => {
    app.action(ACTION.approve, onApproveCorrection(deps))
    app.action(ACTION.reject, onRejectCorrection(deps))
    app.action(ACTION.edit, onEditCorrection(deps))
    app.action(ACTION.catalogWrong, onCatalogWrong(deps))
    app.action(ACTION.merge, onMergeCorrection(deps))
    app.view(VIEW.review, onReviewSent(deps))
    app.view({ callback_id: VIEW.review, type: 'view_closed' }, onReviewClosed(deps))
    app.view(VIEW.reject, onRejectSent(deps))
    app.view({ callback_id: VIEW.reject, type: 'view_closed' }, onRejectClosed(deps))
  })
}
