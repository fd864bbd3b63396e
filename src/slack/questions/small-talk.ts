import type { SmallTalk } from '../../diagnosis/conversation/plan.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import { WORDS } from './words.ts'

/** The kind word for a message that asks nothing about a device. */
export function smallTalkWords(about: SmallTalk, hasFiles: boolean): string {
  if (about === 'help') return SHARED_WORDS.help
  if (about === 'nothing') return hasFiles ? WORDS.nothingToRead : WORDS.greeting
  return WORDS[about]
}
