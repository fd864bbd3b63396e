import { SHARED_WORDS } from '../blocks/words.ts'
import { WORDS } from './words.ts'

/** A greeting and words that go with it; anything more is a question ("hi, the pH drifts"). */
const GREETING =
  /^(hi|hello|hey|good (morning|day|evening|afternoon)|moin|hallo|thanks|thank you|ok|okay)([\s,.!]+(there|all|everyone|team|bot|you|again|so|very|much|a lot|for|the|your|help|great|got it))*[\s,.!?]*$/i
const HELP = /^(help( me)?( please)?|\?|what can you do.{0,20}|how does this work.{0,20})[\s.!?]*$/i

/** A reply without a model, to an empty message, a greeting or a call for help; null for a question. */
export function smallTalk(text: string, hasFiles: boolean): string | null {
  const words = text.trim()
  if (HELP.test(words)) return SHARED_WORDS.help
  // Emoji codes and punctuation alone aren't a question.
  const spoken = words.replace(/:[a-z0-9_+-]+:/gi, '')
  if (!/[\p{L}\p{N}]/u.test(spoken)) return hasFiles ? WORDS.nothingToRead : WORDS.greeting
  if (GREETING.test(words)) return WORDS.greeting
  return null
}
