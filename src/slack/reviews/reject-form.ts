import type { ModalView } from '@slack/types'
import { plainText } from '../blocks/elements.ts'
import { VIEW } from '../blocks/ids.ts'
import { LIMITS } from '../blocks/limits.ts'
import { WORDS } from './words.ts'

export const REJECT_FIELD = 'reason'

/** Asks a reviewer for the reason, which the author will read. */
export function rejectView(correctionId: string): ModalView {
  return {
    type: 'modal',
    callback_id: VIEW.reject,
    private_metadata: correctionId,
    // When it's closed without a reason, the correction is released.
    notify_on_close: true,
    title: plainText(WORDS.rejectTitle, LIMITS.viewTitle),
    submit: plainText('Reject', LIMITS.viewTitle),
    close: plainText('Cancel', LIMITS.viewTitle),
    blocks: [
      {
        type: 'input',
        block_id: REJECT_FIELD,
        label: plainText('Why? The author will read this.'),
        element: { type: 'plain_text_input', action_id: REJECT_FIELD, multiline: true, max_length: 500 },
      },
    ],
  }
}
