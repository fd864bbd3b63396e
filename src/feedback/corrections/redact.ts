import type { Catalog } from '../../catalog/catalog.ts'
import { MAX_QUESTION_CHARS } from '../../diagnosis/reading/plain-text.ts'

/**
 * The question as it may be taught: whatever points to one device or person is removed, and the sentence stays
 * readable. It removes too much rather than too little; measured values, codes and dates stay, and overlong questions
 * are cut. Repeated until nothing is found, since a removal can join the halves of another match.
 */
export function redactQuestion(text: string, catalog: Pick<Catalog, 'isDeviceId'>): string {
  let scrubbed = tidy(dropCourtesies(text.slice(0, MAX_QUESTION_CHARS).toWellFormed().replace(CONTROL, ' ')))
  for (let before = ''; before !== scrubbed; ) {
    before = scrubbed
    scrubbed = tidy(dropCourtesies(scrubOnce(scrubbed, catalog)))
  }
  return scrubbed
}

/** A line break stays for now: it ends a greeting. */
const CONTROL = /(?!\n)\p{Cc}/gu

/** Slack's own forms: `<@U…>`, `<#C…|name>`, `<!here>`, `<https://…|label>`, complete or cut off. */
const SLACK_USER = /<@[^<>]*>|<@[^\s<>]*/g
const SLACK_CHANNEL = /<#[^<>]*>|<#[^\s<>]*/g
const SLACK_CALL = /<![^<>]*>|<![^\s<>]*/g
const SLACK_MAIL = /<mailto:[^<>]*>?/gi
const SLACK_PHONE = /<tel:[^<>]*>?/gi
const SLACK_LINK = /<[a-z][a-z0-9+.-]{0,30}:[^<>]*>/gi

/** Also when glued to a word; the match starts where the scheme's letters start, so that none are left. */
const LINK = /(?<![a-z0-9+.-])(?:[a-z0-9+.-]*:\/\/|www\.)[^\s<>]*/gi
/** Without `https://`; only well-known endings, so that "clean it.Then" stays. */
const BARE_LINK =
  /(?<![\p{L}\p{N}.@-])(?:[a-z0-9-]{1,63}\.){1,8}(?:com|net|org|io|dev|app|info|biz|eu|de|uk|fr|at|ch|nl|it|es|us|co)(?![\p{L}\p{N}])(?:[/:?#][^\s<>]*)?/giu

/** Everything around an @: an e-mail address, or an @name. */
const AROUND_AT = /(?<![^\s<>(),;:"'])[^\s<>(),;:"'@]*@[^\s<>(),;:"']*/g

const IP_ADDRESS = /(?:\bIP(?: address)? )?(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\d)/g
const DATE = /(?<!\d)(?:\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{4})(?:[T\s]\d{1,2}(?::\d{2}){1,2})?(?!\d)/
/** Seven digits or more, grouped like a phone number. */
const PHONE = /(?<!\d)(?:\+\s?|\(\+?)?\d(?:[\s()./\u2010-\u2015-]{0,3}\d){6,}/
const DATE_OR_PHONE = new RegExp(`(?<date>${DATE.source})|${PHONE.source}`, 'gu')
const MEASURED = /^\d{1,3}\.\d{1,3}$|^\d{1,2}\.\d{1,5}$/

/** Ours, in any case and with spaces for dashes; others match the catalog's pattern. */
const DEVICE = /HC5000[-\s]{0,2}[A-Z][-\s]{0,2}\d{4,}/gi
const WORD = /[\p{L}\p{N}][\p{L}\p{N}._-]*[\p{L}\p{N}]/gu

const UNIT_WORDS = /\b(?:unit|units|device|devices|station|sensor|probe|system|HydroCore(?:\s+\d+)?)[\s:#]*$/i
const OWNED = /\b(?:my|our|the|this|that|your|his|her|their|an?)\s*$/i

const NAME = "\\p{Lu}[\\p{L}.'’-]*"
const GREETING = new RegExp(
  `^(?:\\s*(?:[Hh]i|[Hh]ello|[Hh]ey|[Hh]allo|[Mm]oin|[Dd]ear|[Gg]ood (?:morning|afternoon|evening|day))(?:(?:\\s+${NAME}){1,3}|\\s+(?:a colleague|all|team|everyone|there|folks))?\\s*[,!:;\\n][\\s,!:;]*)+`,
  'u',
)
const FAREWELL = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:[Mm]any thanks|[Tt]hanks|[Tt]hank you|[Cc]heers|(?:(?:[Kk]ind|[Bb]est|[Ww]arm) )?[Rr]egards|[Dd]anke)(?: in advance)?[\\s,.!]*(?:(?<=[\\s,.!])${NAME}(?:\\s+${NAME}){0,2})?[\\s.!]*$`,
  'u',
)
const OWN_NAME = new RegExp(`(?<!\\p{L})[Mm]y name(?:['’]s| is)(?:\\s+${NAME}){1,3}(?:\\s+and\\b)?[\\s,.;]*`, 'gu')
const TITLED_NAME = new RegExp(`(?<!\\p{L})(?:Mrs?|Ms|Dr|Herr|Frau)\\.?(?:\\s+${NAME}){1,2}`, 'gu')
/** A farewell is at the very end. */
const FAREWELL_CHARS = 120

function scrubOnce(text: string, catalog: Pick<Catalog, 'isDeviceId'>): string {
  return text
    .replace(SLACK_MAIL, ' my e-mail address ')
    .replace(SLACK_PHONE, ' my phone number ')
    .replace(SLACK_LINK, ' a link ')
    .replace(SLACK_USER, ' a colleague ')
    .replace(SLACK_CHANNEL, ' a channel ')
    .replace(SLACK_CALL, ' ')
    .replace(LINK, ' a link ')
    .replace(AROUND_AT, wordAt)
    .replace(BARE_LINK, ' a link ')
    .replace(DEVICE, unitFor)
    .replace(WORD, (word, at: number, all: string) => (isDevice(word, catalog) ? unitFor(word, at, all) : word))
    .replace(IP_ADDRESS, ' an IP address ')
    .replace(DATE_OR_PHONE, (found, date?: string) =>
      date || found.split(/\s+/).every((part) => MEASURED.test(part)) ? found : ' my phone number ',
    )
}

function wordAt(run: string): string {
  const [before = '', ...after] = run.split('@')
  if (before === '' && after.join('') === '') return run
  return before === '' ? ' a colleague ' : ' my e-mail address '
}

/** "My unit HC5000-A-1138 shows" becomes "My unit shows"; "on HC5000-A-1138" becomes "on my HydroCore unit". */
function unitFor(_id: string, at: number, all: string): string {
  const before = all.slice(Math.max(0, at - 40), at)
  if (UNIT_WORDS.test(before)) return ' '
  return OWNED.test(before) ? ' HydroCore unit ' : ' my HydroCore unit '
}

function isDevice(word: string, catalog: Pick<Catalog, 'isDeviceId'>): boolean {
  return /\d/.test(word) && (catalog.isDeviceId(word) || catalog.isDeviceId(word.toUpperCase()))
}

/** Names next to a greeting, a farewell or a title; elsewhere a name looks like any other word. */
function dropCourtesies(text: string): string {
  const rest = text.replace(GREETING, '').replace(OWN_NAME, '').replace(TITLED_NAME, ' a colleague ')
  return rest.slice(0, -FAREWELL_CHARS) + rest.slice(-FAREWELL_CHARS).replace(FAREWELL, '')
}

function tidy(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/ (?=[,.;:!?](?:\s|$))/g, '')
    .replace(/^[\s,;:]+/, '')
    .trim()
}
