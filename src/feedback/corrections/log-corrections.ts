import { z } from 'zod'
import type { Catalog } from '../../catalog/catalog.ts'
import { CATEGORIES, type Category } from '../../diagnosis/prompt.ts'
import type { Store } from '../../store/open.ts'
import type { Person } from '../person.ts'
import type { Content } from './content.ts'
import { MAX_CHARS, printable, printableLine, reservedFault, textFault } from './correction-fields.ts'
import type { Submitted } from './correction-records.ts'
import { submit } from './propose.ts'
import { redactLogLine } from './redact-log.ts'
import { alignmentOf, type CatalogAlignment } from './teachability.ts'

const Text = z.string().nullish()

/** A form as it arrives; `category` comes from a select. */
export const LogDraft = z.object({ line: Text, category: Text, note: Text, consent: Text })
export type LogDraft = z.input<typeof LogDraft>
type LogField = keyof LogDraft

/** A checked form: the line and its category. */
export type LogCorrection = Content & { kind: 'log'; note: string | null; consent: string; standing: CatalogAlignment }

export type CheckedLogCorrection =
  | { ok: true; correction: LogCorrection }
  | { ok: false; faults: Partial<Record<LogField, string>> }

/** Checks a corrected category; every fault belongs to a field. */
export function checkLogCorrection(input: unknown, catalog: Catalog): CheckedLogCorrection {
  const read = LogDraft.safeParse(input)
  if (!read.success)
    return { ok: false, faults: Object.fromEntries(read.error.issues.map(({ path }) => [path[0] ?? 'line', ODD])) }
  const given = printableLine(read.data.line)
  const lineFault = textFault(given, MAX_CHARS.question)
  // Only a short enough line: scanning a very long one takes very long.
  const line = lineFault === null ? redactLogLine(given, catalog) : given
  const category = CATEGORIES.find((known) => known === read.data.category)
  const note = printable(read.data.note).trim() || null
  const consent = printableLine(read.data.consent)
  const found: Partial<Record<LogField, string | null>> = {
    line: lineFault ?? textFault(line, MAX_CHARS.question) ?? reservedFault(line),
    category: category ? null : 'Please choose the category.',
    note: note === null ? null : textFault(note, MAX_CHARS.note),
    consent:
      consent === '' ? 'A correction can only be used when you agree to this.' : textFault(consent, MAX_CHARS.consent),
  }
  const faults = Object.fromEntries(Object.entries(found).filter(([, fault]) => fault !== null))
  if (!category || Object.keys(faults).length > 0) return { ok: false, faults }
  const content = contentOfLog(line, category)
  return { ok: true, correction: { ...content, note, consent, standing: alignmentOf(content, catalog) } }
}

const ODD = 'This could not be read. Please choose again.'

function contentOfLog(line: string, category: Category): Content & { kind: 'log' } {
  const nothing = { problem: '', action: '', command: null, fallback: null }
  return { kind: 'log', question: line, code: category, ...nothing, reason: 'wrong_meaning' }
}

export type LogProposal = {
  correction: LogCorrection
  author: Person
  /** The category the model named; null for none. */
  said: Category | null
  model: string | null
  catalogVersion: string
}

/** Queues a corrected category; proposed again it adds weight. */
export function proposeLogCorrection(store: Store, proposal: LogProposal, now: number): Promise<Submitted> {
  const { correction, said, ...about } = proposal
  const { note, consent, standing, ...content } = correction
  const entry = {
    content,
    standing,
    note,
    consent,
    source: 'person',
    answerId: null,
    originalText: said ?? '',
  } as const
  return submit(store, { ...entry, ...about }, now)
}
