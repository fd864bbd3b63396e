import type { KnownBlock } from '@slack/types'
import { SHARED_WORDS } from './words.ts'

/** The two thumbs below a message; Slack shows readers which one they pressed. */
export function voteButtons(blockId: string, actionId: string, value: { up: string; down: string }): KnownBlock {
  return {
    type: 'context_actions',
    block_id: blockId,
    elements: [
      {
        type: 'feedback_buttons',
        action_id: actionId,
        positive_button: {
          text: { type: 'plain_text', text: '👍' },
          value: value.up,
          accessibility_label: SHARED_WORDS.thumbUp,
        },
        negative_button: {
          text: { type: 'plain_text', text: '👎' },
          value: value.down,
          accessibility_label: SHARED_WORDS.thumbDown,
        },
      },
    ],
  }
}
