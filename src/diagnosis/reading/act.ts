import acts from './data/acts.json' with { type: 'json' }
import { anyOf, matcherOf, WORD } from './phrases.ts'

/** What a message does, beside naming codes and devices. */
export type Act =
  /** Says that what was advised is done, or did not help, or asks what comes next. */
  | 'follow_up'
  | 'thanks'
  | 'resolved'
  | 'greeting'
  | 'help'
  /** "Ok", "will do", "bye". */
  | 'acknowledged'
  /** Neither letters nor digits. */
  | 'nothing'
  | 'other'

const NOT_HELPED = matcherOf(acts.notHelped)
const NEXT = matcherOf(acts.next)
const DONE = matcherOf(acts.done)
const THANKS = matcherOf(acts.thanks)
const RESOLVED = matcherOf(acts.resolved)
const NEGATED_RESOLVED = /(?:not|n't|isn't|never|nicht|no|pas|não|nunca|jamais)\s+(?:\S+\s+){0,2}$/
const only = (...kinds: (keyof typeof acts)[]) => {
  const any = kinds.map((kind) => anyOf(acts[kind])).join('|')
  const courtesy = anyOf(acts.courtesy)
  return new RegExp(`^[^${WORD}]*(?:${any})(?:[^${WORD}]+(?:${any}|${courtesy}))*[^${WORD}]*$`)
}
const ONLY_GREETING = only('greeting')
const ONLY_THANKS = only('thanks', 'resolved', 'acknowledged', 'greeting')
const ONLY_ACKNOWLEDGED = only('acknowledged')
const ONLY_HELP = new RegExp(`^[^${WORD}]*(?:${anyOf(acts.help)})[^${WORD}]*$`)
const EMOJI_CODE = /:[a-z0-9_+-]+:/gi
/** More words tell a story; a few are a courtesy. */
const FEW_WORDS = 14

/** What a plain text does. Pure, in linear time. */
export function readAct(text: string): Act {
  const spoken = text.replace(EMOJI_CODE, ' ').trim()
  if (!/[\p{L}\p{N}]/u.test(spoken)) return spoken === '?' ? 'help' : 'nothing'
  if (ONLY_HELP.test(spoken)) return 'help'
  if (ONLY_GREETING.test(spoken)) return 'greeting'
  if (ONLY_ACKNOWLEDGED.test(spoken)) return 'acknowledged'
  const isShort = spoken.split(/\s+/).length <= FEW_WORDS
  const resolved = RESOLVED.exec(spoken)
  const isResolved =
    resolved !== null && !NEGATED_RESOLVED.test(spoken.slice(Math.max(0, resolved.index - 30), resolved.index))
  const isTrouble = NOT_HELPED.test(spoken) || NEXT.test(spoken)
  if (isResolved && isShort && !NEXT.test(spoken) && !/\?/.test(spoken) && !isStillTrouble(spoken)) return 'resolved'
  if (isTrouble || DONE.test(spoken)) return 'follow_up'
  if (ONLY_THANKS.test(spoken) || (THANKS.test(spoken) && isShort && !/\?/.test(spoken))) return 'thanks'
  return 'other'
}

const TROUBLE_BEHIND = matcherOf({
  all: [
    'but',
    'still',
    'aber',
    'immer noch',
    'pero',
    'todavía',
    'mais',
    'toujours',
    'mas',
    'ainda',
    'though',
    'however',
  ],
})

/** "It worked, but …": what comes behind counts. */
function isStillTrouble(text: string): boolean {
  return TROUBLE_BEHIND.test(text)
}

const MATTER = matcherOf(acts.matter)
const SAME_AGAIN = matcherOf(acts.matterOnceMore)
const AMONG_PEOPLE = matcherOf(acts.amongPeople)
const PERHAPS_AMONG_PEOPLE = matcherOf(acts.perhapsAmongPeople)
const ASKS_FOR_ADVICE = matcherOf(acts.asksForAdvice)
const OTHER_THING = matcherOf(acts.otherThing)
const AFFIRMED =
  /^\W*(?:yes|yep|yeah|yup|correct|right|exactly|that's it|that one|ja|genau|richtig|stimmt|sí|si|correcto|exacto|oui|exact|c'est ça|sim|isso|certo|exato)(?![a-zß-ɏ])/

/** What a plain text sounds like, as far as it matters for whom it is meant. */
export type Tone = {
  /** It speaks of a device, a reading, a command, or of "it". */
  isOnTheMatter: boolean
  /** It carries what was said over to another device: "same on", "it's". */
  isSameAgain: boolean
  /** What people say to each other; `perhaps` where they say it to a bot too. */
  isAmongPeople: 'yes' | 'perhaps' | 'no'
  asksForAdvice: boolean
  isQuestion: boolean
  /** It speaks of a thing that is no device of ours, such as a phone. */
  isOfOtherThing: boolean
  isAffirmed: boolean
}

export function toneOf(text: string): Tone {
  return {
    isOnTheMatter: MATTER.test(text),
    isSameAgain: SAME_AGAIN.test(text),
    isAmongPeople: AMONG_PEOPLE.test(text) ? 'yes' : PERHAPS_AMONG_PEOPLE.test(text) ? 'perhaps' : 'no',
    asksForAdvice: ASKS_FOR_ADVICE.test(text),
    isQuestion: text.includes('?'),
    isOfOtherThing: OTHER_THING.test(text),
    isAffirmed: AFFIRMED.test(text),
  }
}
