import { z } from 'zod'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Statement } from '../../diagnosis/answer.ts'
import { parseQuestion } from '../../diagnosis/question.ts'
import type { Store } from '../../store/open.ts'
import type { Person } from '../person.ts'
import { DECLINE } from './content.ts'
import {
  codeFault,
  commandFault,
  lineFault,
  MAX_CHARS,
  otherCodeFault,
  otherCommandFault,
  printable,
  printableLine,
  reservedFault,
  SPOKEN,
  spokenFault,
  textFault,
} from './correction-fields.ts'
import type { Submitted } from './correction-records.ts'
import { submit } from './propose.ts'
import { redactQuestion } from './redact.ts'
import { alignmentOf, type CatalogAlignment } from './teachability.ts'

export { MAX_CHARS } from './correction-fields.ts'

export const CORRECTION_REASONS = [
  'wrong_meaning',
  'wrong_action',
  'wrong_command',
  'outdated',
  'unclear',
  DECLINE,
] as const
export type CorrectionReason = (typeof CORRECTION_REASONS)[number]

/** What people agree to when they send the form; stored with each correction as they saw it. */
export const CONSENT_LINE =
  'What I write here may be reviewed and used to train the assistant. I can withdraw it at any time.'

const Text = z.string().nullish()

/** A form as it arrives: everything may be missing or wrong. */
export const CorrectionDraft = z.object({
  question: Text,
  code: Text,
  problem: Text,
  action: Text,
  command: Text,
  fallback: Text,
  reason: Text,
  note: Text,
  /** The consent line that was shown and agreed to. */
  consent: Text,
})
export type CorrectionDraft = z.input<typeof CorrectionDraft>
export type CorrectionField = keyof CorrectionDraft

/** A checked form. For a decline, problem and action are empty. */
export type Correction = Statement & {
  kind: 'answer'
  question: string
  reason: CorrectionReason
  note: string | null
  consent: string
  standing: CatalogAlignment
}

export type CorrectionFaults = Partial<Record<CorrectionField, string>>
export type CheckedCorrection = { ok: true; correction: Correction } | { ok: false; faults: CorrectionFaults }

/**
 * Checks a form against the catalog; every fault belongs to a field. The question is always redacted, so that no
 * correction contains a device or a person. What passes survives being written and parsed as an answer. A decline needs
 * only the question. What differs from the catalog passes too, as a request to change it.
 */
export function checkCorrection(input: unknown, catalog: Catalog): CheckedCorrection {
  const read = CorrectionDraft.safeParse(input)
  if (!read.success)
    return { ok: false, faults: Object.fromEntries(read.error.issues.map(({ path }) => [path[0] ?? 'question', ODD])) }
  const draft = read.data
  const reason = CORRECTION_REASONS.find((known) => known === draft.reason)
  const question = redactQuestion(printableLine(draft.question), catalog)
  const { codes: asked } = parseQuestion(question, catalog)
  const said = reason === DECLINE ? { ...NOTHING_SAID, code: asked[0] ?? '' } : statementIn(draft)
  const note = printable(draft.note).trim() || null
  const consent = printableLine(draft.consent)

  const faults: CorrectionFaults = {}
  const tell = (field: CorrectionField, fault: string | null) => {
    if (fault !== null) faults[field] ??= fault
  }
  tell('question', textFault(question, MAX_CHARS.question) ?? reservedFault(question))
  if (reason === DECLINE) tell('reason', declineFault(asked, catalog))
  else {
    tell('code', codeFault(said.code, catalog) ?? otherCodeFault(said.code, asked))
    tell('problem', lineFault(draft.problem) ?? textFault(said.problem, MAX_CHARS.problem))
    tell('action', lineFault(draft.action) ?? textFault(said.action, MAX_CHARS.action))
    tell('command', commandFault(said.command, catalog))
    if (said.fallback !== null) tell('fallback', textFault(said.fallback, MAX_CHARS.fallback))
    for (const field of SPOKEN) {
      const text = said[field]
      if (text !== null) tell(field, spokenFault(field, said) ?? otherCommandFault(text, said, catalog))
    }
  }
  if (note !== null) tell('note', textFault(note, MAX_CHARS.note))
  if (!reason) tell('reason', 'Please choose what was wrong with the answer.')
  tell('consent', consent === '' ? CONSENT_MISSING : textFault(consent, MAX_CHARS.consent))
  if (!reason || Object.keys(faults).length > 0) return { ok: false, faults }
  const content = { kind: 'answer' as const, question, ...said, reason }
  return { ok: true, correction: { ...content, note, consent, standing: alignmentOf(content, catalog) } }
}

const ODD = 'This could not be read. Please type it again.'
const CONSENT_MISSING = 'A correction can only be used when you agree to this.'
const NOTHING_SAID = { problem: '', action: '', command: null, fallback: null }

function statementIn(draft: z.output<typeof CorrectionDraft>): Statement {
  const command = printableLine(draft.command).toUpperCase()
  return {
    code: printableLine(draft.code).toUpperCase(),
    problem: printableLine(draft.problem),
    action: printableLine(draft.action).replace(/[.\s]+$/, ''),
    command: command === '' || command === 'NONE' ? null : command,
    fallback: printableLine(draft.fallback) || null,
  }
}

function declineFault(asked: readonly string[], catalog: Catalog): string | null {
  const known = asked.find((code) => catalog.find(code))
  return known
    ? `The catalog knows ${known}, so it has to be answered. Choose another reason, or take the code out of the question.`
    : null
}

export type Proposal = {
  correction: Correction
  author: Person
  /** The corrected answer, its text, and what made it. */
  answerId: string | null
  originalText: string
  model: string | null
  catalogVersion: string
}

/**
 * Queues a person's correction. The same content proposed again while it waits adds weight to that row; the same form
 * sent twice by its author changes nothing.
 */
export function proposeCorrection(store: Store, proposal: Proposal, now: number): Promise<Submitted> {
  const { correction, ...about } = proposal
  const { note, consent, standing, ...content } = correction
  return submit(store, { content, standing, note, consent, source: 'person', ...about }, now)
}
