import cues from './data/cues.json' with { type: 'json' }
import { anyOf, matcherOf, WORD } from './phrases.ts'

/** What a person says of something they name: asks about it, says it isn't it, or says it's over. */
export type Role = 'asked' | 'denied' | 'past'

type FirstRole = Role | 'weakly past'

/** Where it stands in the plain text. */
type Mention = { at: number; end: number; name: string }

const FILLER = `(?:[\\s,]{1,3}(?:${anyOf(cues.denialFiller)}))`
const DENIED_BEFORE = new RegExp(`(?:${anyOf(cues.denial)}|n't)${FILLER}{0,5}[\\s"'*_~(]*$`)
const OPINION_BEFORE = new RegExp(`${anyOf(cues.denialOpinion)}${FILLER}{0,2}[\\s"'*_~(]*$`)
const TAG_BEFORE = new RegExp(`(?:${anyOf(cues.denialTag)})[^,;.]{0,20}$`)
const DENIED_AFTER = new RegExp(`^["'*_~)\\s,]{0,3}${anyOf(cues.deniedAfter)}`)
const GONE = new RegExp(anyOf(cues.gone))
/** "Fixed the E-02", "ya no está E-01". */
const GONE_BEFORE = new RegExp(`(${anyOf(cues.gone)})${FILLER}{0,3}[\\s"'*_~(]*$`)
const GONE_NEGATED = new RegExp(`(?:${anyOf(cues.goneNegated)}|n't)(?:[\\s,]+[${WORD}']+){0,3}\\s*$`)
const RETURNED = matcherOf(cues.returned)
const PAST = matcherOf(cues.past)
const PAST_VERB_BEFORE = matcherOf(cues.pastVerb)
const PAST_VERB_AFTER = new RegExp(`^["'*_~)\\s]*${anyOf(cues.pastVerb)}`)
const ANSWERED_NO = new RegExp(`^["'*_~)\\s]*\\?[\\s]*${anyOf(cues.answeredNo)}`)
const PRESENT = matcherOf(cues.present)
const LOGGED_OFF =
  /^["'\s]{0,3}[,;|\t ]{0,3}["'\s]{0,3}(?:active|state|status|raised|open)["'\s]{0,3}[:=]["'\s]{0,3}(?:false|0|no|off|ok|closed|cleared|inactive|resolved)(?![a-z0-9])/
/** In a log a line about a code ends with its state. */
const LOG = /\d{1,2}:\d{2}[\s\S]*\n/
const LOG_STATE_OFF = new RegExp(`^["'\\s]*[,;|\\t ]*["'\\s]*(?:state[=: ]+)?${anyOf(cues.loggedOff)}`)
/** `"history":["E-02",` */
const PAST_KEY_BEFORE = new RegExp(`["']?(?:${anyOf(cues.pastKey)})[\\w-]{0,12}["']?\\s*[:=]\\s*\\[[^\\]{}]*$`)
/** Between two codes: the first was said by mistake. */
const CORRECTED = new RegExp(
  `^["'*_~)\\s]{0,3}[,.;:!?…(>-]{0,4}\\s*(?:${anyOf(cues.correction)})(?:\\s*[,.;:!…-]+(?:\\s+[^\\s,.;:!?]+){1,4})?(?:[\\s,.:;!…-]+(?:${anyOf(cues.correction)}|${anyOf(cues.denialFiller)}))*[\\s,.:;!…'"*_~()-]*$`,
)
/** Between two codes: what is said of the first holds for the second. */
const JOINED = new RegExp(
  `^["'*_~)\\s]*(?:/|&|\\+|(?:,\\s*)?(?:and|or|nor|und|oder|noch|y|o|ni|et|ou|e|nem)(?![${WORD}]))(?:\\s*(?:${anyOf(cues.denialFiller)}))*["'*_~(\\s]*$`,
)
const SENTENCE_END = /[.!?…](?=\s|$)|[\n;]/gu
const CLAUSE_END = new RegExp(`[.!?…](?=\\s|$)|[\\n;,()–—]|\\s-\\s|(?<=\\s)(?=${anyOf(cues.clauseStart)})`, 'g')

/**
 * The role of each mention. The last word about a name counts: "E-02 is gone" after "E-02". Where nothing is asked
 * about, what was merely said in the past tense is meant: "we had E-02 this morning".
 */
export function rolesOf(text: string, mentions: readonly Mention[], kind: 'code' | 'device'): Map<string, Role> {
  const roles = new Map<string, FirstRole>()
  for (const [i, mention] of mentions.entries()) {
    const own = kind === 'code' ? roleOf(text, mention, mentions) : deviceRoleOf(text, mention)
    const before = mentions[i - 1]
    const gap = before && text.slice(before.end, mention.at)
    if (before && gap !== undefined && before.name !== mention.name && CORRECTED.test(gap))
      roles.set(before.name, 'denied')
    const isJoined = before && gap !== undefined && JOINED.test(gap)
    const isDenied = own === 'asked' && isJoined && roles.get(before.name) === 'denied'
    roles.set(mention.name, isDenied ? 'denied' : own)
  }
  const isAnyAsked = [...roles.values()].includes('asked')
  return new Map(
    [...roles].map(([name, role]) => [name, role === 'weakly past' ? (isAnyAsked ? 'past' : 'asked') : role]),
  )
}

function roleOf(text: string, mention: Mention, all: readonly Mention[]): FirstRole {
  const sentence = spanAround(text, mention, SENTENCE_END)
  const clause = spanAround(text, mention, CLAUSE_END)
  const before = text.slice(Math.max(sentence.start, mention.at - 80), mention.at)
  const isTag = TAG_BEFORE.test(before) && text.slice(mention.end, sentence.end + 1).includes('?')
  if (!isTag && DENIED_BEFORE.test(text.slice(Math.max(clause.start, mention.at - 80), mention.at))) return 'denied'
  if (OPINION_BEFORE.test(before)) return 'denied'
  const goneBefore = GONE_BEFORE.exec(text.slice(Math.max(clause.start, mention.at - 80), mention.at))
  if (goneBefore && !GONE_NEGATED.test(before.slice(0, before.length - goneBefore[0].length))) return 'past'
  const next = all.find(({ at }) => at >= mention.end)
  const after = text.slice(mention.end, Math.min(sentence.end, next?.at ?? sentence.end))
  const inClause = after.slice(0, Math.max(0, clause.end - mention.end))
  const behind = text.slice(mention.end, mention.end + 60)
  if (LOGGED_OFF.test(behind) || (LOG.test(text) && LOG_STATE_OFF.test(behind))) return 'past'
  if (PAST_KEY_BEFORE.test(text.slice(Math.max(0, mention.at - 120), mention.at))) return 'past'
  if (ANSWERED_NO.test(behind)) return 'denied'
  const gone = GONE.exec(after)
  const isKey = gone && /^["']\s*:/.test(text.slice(mention.end + gone.index + gone[0].length))
  if (gone && !isKey && isSoon(after, gone.index)) {
    const isNegated = GONE_NEGATED.test(before.slice(-24) + after.slice(0, gone.index))
    const isBack = RETURNED.test(after.slice(gone.index + gone[0].length))
    if (!isNegated && !isBack) return 'past'
    return 'asked'
  }
  const denied = DENIED_AFTER.exec(after)
  const isAsking = denied && /^\s*\?/.test(text.slice(mention.end + denied[0].length))
  if (denied && !isAsking && !RETURNED.test(after)) return 'denied'
  const wholeClause = text.slice(clause.start, mention.at) + inClause
  if (PRESENT.test(wholeClause)) return 'asked'
  const isPast =
    PAST.test(wholeClause) ||
    PAST_VERB_BEFORE.test(text.slice(clause.start, mention.at)) ||
    PAST_VERB_AFTER.test(inClause)
  return isPast ? 'weakly past' : 'asked'
}

const DEVICE_DENIED = /(?:not|n't|nicht|pas|não é|no es)\s+(?:[a-z]{1,6}\s+)?$/

/** "Not K-4417, it's K-4418". A bare "no" is a preposition in Portuguese. */
function deviceRoleOf(text: string, { at }: Mention): FirstRole {
  return DEVICE_DENIED.test(text.slice(Math.max(0, at - 20), at)) ? 'denied' : 'asked'
}

/** "E-02 is finally gone", but not a sentence about something else. */
function isSoon(after: string, at: number): boolean {
  return after.slice(0, at).split(/\s+/).length <= 8
}

function spanAround(text: string, { at, end }: Mention, boundary: RegExp): { start: number; end: number } {
  let start = 0
  for (const match of text.matchAll(boundary)) {
    const to = match.index + match[0].length
    if (to <= at) start = to
    else if (match.index >= end) return { start, end: match.index }
  }
  return { start, end: text.length }
}
