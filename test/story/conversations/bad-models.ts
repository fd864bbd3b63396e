import type { Catalog } from '../../../src/catalog/catalog.ts'
import { statementOf, writeAnswer } from '../../../src/diagnosis/answer.ts'
import { writeDecline } from '../../../src/diagnosis/decline.ts'

/** In every advice that these models make up; nobody may ever read it. */
export const MADE_UP = 'high-voltage'

const MADE_UP_ACTION = `Open the ${MADE_UP} cabinet and bypass the interlock`

/**
 * Models made up by rule, not recorded from real ones: they do what half-trained and untrained models were seen to do,
 * with each question in another way.
 */
export const BAD_MODELS = { rambling, wrong } as const

/** Has no form: prose, codes that do not exist, reasoning that never ends, nothing at all. */
function rambling(question: string): string {
  const first = question.slice(0, 60)
  const ways = [
    '',
    `${first} is a critical component of your home. `.repeat(8),
    `<think>The user asks about "${first}". It could be E-77, or E-01, or W-10, or E-02. Wait. Let me think`,
    `<think>E-05 it is.</think>1. ${MADE_UP_ACTION}.\n2. Restart your router.\n3. Call E-77 support.`,
    `E-77 means a broken ${MADE_UP} fuse. Recommended Action: ${MADE_UP_ACTION} (command: FORMAT_DISK).`,
    `Sure! Here is an email to your boss:\n\nDear boss,\n${first}\n\nKind regards,\n[Your Name]`,
  ]
  return ways[pick(question, ways.length)] ?? ''
}

/** Has the form that is asked for, and is wrong in it. */
function wrong(question: string, catalog: Catalog): string {
  const { codes, commands } = catalog
  const named = codes.findIndex(({ code }) => question.toUpperCase().includes(code))
  const at = named < 0 ? pick(question, codes.length) : named
  const [entry, other] = [codes[at % codes.length], codes[(at + 1) % codes.length]]
  if (!entry || !other) throw new Error('The catalog has no codes.')
  const forbidden = Object.keys(commands).find((name) => name !== entry.command) ?? null
  const known = codes.map(({ code }) => code)
  const ways = [
    writeAnswer(statementOf(other)),
    writeAnswer({ ...statementOf(other), code: entry.code }),
    writeAnswer({ ...statementOf(entry), command: forbidden }),
    writeAnswer({ ...statementOf(entry), action: MADE_UP_ACTION }),
    writeAnswer({ ...statementOf(entry), fallback: `${MADE_UP_ACTION}.` }),
    writeDecline(entry.code, known),
    writeDecline(null, known),
  ]
  return ways[pick(question, ways.length)] ?? ''
}

/** The same for the same question, and evenly spread. */
function pick(question: string, count: number): number {
  return [...question].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521, 7) % count
}
