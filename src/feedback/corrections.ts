import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Catalog } from '../catalog/catalog.ts'
import { parseAnswer, type Statement, writeAnswer } from '../diagnosis/answer.ts'
import { newId } from '../lib/ids.ts'
import type { Store } from '../store/open.ts'
import type { Person } from './person.ts'
import { type CorrectionRow, insertOrAddWeight } from './records.ts'
import { scrubQuestion } from './scrub.ts'

export const CORRECTION_REASONS = [
  'wrong_meaning',
  'wrong_action',
  'wrong_command',
  'outdated',
  'unclear',
  'should_not_have_answered',
] as const
export type CorrectionReason = (typeof CORRECTION_REASONS)[number]

/** What people agree to when they send the form; kept with each correction as they saw it. */
export const CONSENT_LINE =
  'What I write here may be reviewed and used to train the assistant. I can withdraw it at any time.'

/** Longest texts, in characters; the catalog's own texts keep to the same lengths. */
export const MOST_CHARS = {
  question: 2_000,
  problem: 200,
  action: 300,
  fallback: 300,
  note: 2_000,
  consent: 500,
} as const

const Text = z.string().nullish()

/** A form as it comes in: everything may be missing, nothing is believed yet. */
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

/** What a form says once it was checked. */
export type Correction = Statement & {
  question: string
  reason: CorrectionReason
  note: string | null
  consent: string
}

export type CorrectionFaults = Partial<Record<CorrectionField, string>>
export type CheckedCorrection = { ok: true; correction: Correction } | { ok: false; faults: CorrectionFaults }

/**
 * Checks a form against the catalog; every fault stands at its field. The question is scrubbed whatever was typed, so
 * that no correction holds a device or a person. What passes survives being written and read as an answer.
 */
export function checkCorrection(input: unknown, catalog: Catalog): CheckedCorrection {
  const read = CorrectionDraft.safeParse(input)
  if (!read.success)
    return { ok: false, faults: Object.fromEntries(read.error.issues.map(({ path }) => [path[0] ?? 'question', ODD])) }
  const draft = read.data
  const command = oneLine(draft.command).toUpperCase()
  const correction = {
    question: scrubQuestion(oneLine(draft.question), catalog),
    code: oneLine(draft.code).toUpperCase(),
    problem: oneLine(draft.problem),
    action: oneLine(draft.action).replace(/[.\s]+$/, ''),
    command: command === '' || command === 'NONE' ? null : command,
    fallback: oneLine(draft.fallback) || null,
    reason: CORRECTION_REASONS.find((known) => known === draft.reason),
    note: printable(draft.note).trim() || null,
    consent: oneLine(draft.consent),
  }
  const faults: CorrectionFaults = {}
  const tell = (field: CorrectionField, fault: string | null) => {
    if (fault !== null) faults[field] ??= fault
  }
  tell('question', textFault(correction.question, MOST_CHARS.question) ?? reservedFault(correction.question))
  tell('code', codeFault(correction.code, catalog))
  tell('problem', lineFault(draft.problem) ?? textFault(correction.problem, MOST_CHARS.problem))
  tell('action', lineFault(draft.action) ?? textFault(correction.action, MOST_CHARS.action))
  tell('command', commandFault(correction.code, correction.command, catalog))
  if (correction.fallback !== null) tell('fallback', textFault(correction.fallback, MOST_CHARS.fallback))
  if (correction.note !== null) tell('note', textFault(correction.note, MOST_CHARS.note))
  if (!correction.reason) tell('reason', 'Please choose what was wrong with the answer.')
  tell('consent', correction.consent === '' ? CONSENT_MISSING : textFault(correction.consent, MOST_CHARS.consent))
  for (const field of SPOKEN) tell(field, correction[field] === null ? null : spokenFault(field, correction))
  const { reason } = correction
  return reason && Object.keys(faults).length === 0
    ? { ok: true, correction: { ...correction, reason } }
    : { ok: false, faults }
}

const ODD = 'This could not be read. Please type it again.'
const CONSENT_MISSING = 'A correction can only be used when you agree to this.'
const SPOKEN = ['problem', 'action', 'fallback'] as const

/** Unpaired surrogates and control characters fit into no database and no file. */
function printable(text: string | null | undefined): string {
  return (text ?? '').toWellFormed().replace(/(?![\n\t])\p{Cc}/gu, ' ')
}

function oneLine(text: string | null | undefined): string {
  return printable(text).replace(/\s+/g, ' ').trim()
}

function textFault(text: string, most: number): string | null {
  if (text === '') return 'Please fill this in.'
  return text.length > most ? `Please shorten this to ${most} characters (it has ${text.length}).` : null
}

function lineFault(text: string | null | undefined): string | null {
  return /[\r\n\u2028\u2029]/.test((text ?? '').trim()) ? 'Please write this in one line.' : null
}

/** `<|im_start|>` and its like steer models; providers refuse files that hold them. */
function reservedFault(text: string): string | null {
  return /<\||\|>/.test(text) ? 'Please take out "<|" and "|>": models reserve them.' : null
}

function codeFault(code: string, catalog: Catalog): string | null {
  if (code === '') return 'Please choose the code.'
  if (catalog.find(code)) return null
  return `The catalog does not know this code. Near to it: ${catalog.nearest(code, 3).join(', ')}.`
}

/** A command reaches devices, so it is the catalog that says which one a code may have. */
function commandFault(code: string, command: string | null, catalog: Catalog): string | null {
  const entry = catalog.find(code)
  if (command === null || !entry || catalog.allows(code, command)) return null
  const allowed = entry.command ? `${entry.command}, or none` : 'none'
  return `The catalog allows ${code} this command: ${allowed}.`
}

/** What would not come back from an answer as it went in, tried in a sentence that is otherwise plain. */
function spokenFault(field: (typeof SPOKEN)[number], { command, ...correction }: Statement): string | null {
  const plain: Statement = { code: 'E-01', problem: 'Fault', action: 'Check it', command, fallback: null }
  const said = { ...plain, [field]: correction[field] }
  const heard = parseAnswer(writeAnswer(said))
  if (heard && Object.entries(said).every(([part, text]) => heard[part as keyof Statement] === text))
    return reservedFault(correction[field] ?? '')
  return UNSPEAKABLE[field]
}

const UNSPEAKABLE = {
  problem: 'Please name the problem in a few plain words, without quotes and without a recommended action.',
  action: 'Please write the action as one sentence, without a full stop inside and without a command in brackets.',
  fallback: 'Please write this in plain sentences, without a command in brackets.',
} as const satisfies Record<(typeof SPOKEN)[number], string>

export type Proposal = {
  correction: Correction
  author: Person
  /** The answer that was corrected, what it said, and what made it. */
  answerId: string | null
  originalText: string
  model: string | null
  catalogVersion: string
}

export type Proposed = {
  correction: CorrectionRow
  /** Whether the same proposal waited already and was given more weight. */
  merged: boolean
}

/**
 * Puts a person's correction in the queue. The same content proposed again while it waits adds weight to the one row;
 * the same form of the same author sent twice changes nothing.
 */
export async function proposeCorrection(store: Store, proposal: Proposal, now: number): Promise<Proposed> {
  const { correction, author } = proposal
  const row: CorrectionRow = {
    id: newId('cor', new Date(now)),
    answer_id: proposal.answerId,
    source: 'person',
    status: 'proposed',
    ...correction,
    original_text: proposal.originalText,
    model: proposal.model,
    catalog_version: proposal.catalogVersion,
    author: author.user,
    author_team: author.team,
    weight: 1,
    open_key: contentKey(correction),
    lease_owner: null,
    lease_until: null,
    reviewer: null,
    reviewer_team: null,
    review_note: null,
    created_at: now,
    reviewed_at: null,
  }
  const kept = await insertOrAddWeight(store, row)
  return { correction: kept, merged: kept.id !== row.id }
}

/** Equal for corrections that would teach the same. */
export function contentKey({ question, code, problem, action, command, fallback }: Statement & { question: string }) {
  return createHash('sha256')
    .update(JSON.stringify([question, code, problem, action, command, fallback]))
    .digest('hex')
}
