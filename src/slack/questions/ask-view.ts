import type { ModalView } from '@slack/types'
import { MAX_QUESTION_CHARS } from '../../diagnosis/reading/plain-text.ts'
import { plainText } from '../blocks/elements.ts'
import { VIEW } from '../blocks/ids.ts'
import { LIMITS } from '../blocks/limits.ts'
import { WORDS } from './words.ts'

export const ASK_FIELD = 'question'

/** The form for a question from anywhere in Slack; the answer comes as a direct message. */
export function askView(): ModalView {
  return {
    type: 'modal',
    callback_id: VIEW.ask,
    title: plainText(WORDS.askTitle, LIMITS.viewTitle),
    submit: plainText('Ask', LIMITS.viewTitle),
    close: plainText('Not now', LIMITS.viewTitle),
    blocks: [
      {
        type: 'input',
        block_id: ASK_FIELD,
        label: plainText(WORDS.askQuestion),
        element: {
          type: 'plain_text_input',
          action_id: ASK_FIELD,
          multiline: true,
          max_length: Math.min(MAX_QUESTION_CHARS, LIMITS.inputValue),
          placeholder: plainText(WORDS.askExample),
          focus_on_load: true,
        },
      },
    ],
  }
}
