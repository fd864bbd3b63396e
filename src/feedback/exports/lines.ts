import type { Catalog } from '../../catalog/catalog.ts'
import { writeAnswer } from '../../diagnosis/answer.ts'
import { askAbout } from '../../diagnosis/ask-in-words.ts'
import { buildPrompt } from '../../diagnosis/prompt.ts'
import { type ExportFormat, type Unwritable, whyUnwritable, writeLine } from '../../formats/writing.ts'
import { canonicalText } from '../corrections/content.ts'
import { APPROVED_STATUSES } from '../corrections/state-machine.ts'
import { isTeachable } from '../corrections/teachability.ts'
import { tallyOf } from '../votes/votes.ts'
import type { ExportLine } from './manifest.ts'
import type { ExportedCorrection, JudgedAnswer } from './records.ts'

/** Which corrections, or judged answers, an export takes; all without a filter. */
export type ExportFilter = {
  /** Approved, or for votes answered, at this time or later. */
  since?: number
  code?: string
  reviewer?: string
  reason?: string
  /** Only what is in no export yet. */
  neverExported?: boolean
}

/** Why something approved, or judged, isn't in the file. */
export type SkipReason =
  | Unwritable
  | 'contradicts_catalog'
  | 'superseded'
  | 'no_consent'
  | 'undecided'
  | 'not_one_answer'

/** What a line's bytes depend on besides its row; stored with the export. */
export type LineSettings = { format: ExportFormat; knownCodes: readonly string[] }

const APPROVED: ReadonlySet<string> = new Set(APPROVED_STATUSES)

/** Whether a correction matches the filter, whatever happens to it afterwards. */
export function matchesFilter(row: ExportedCorrection, kind: 'answer' | 'log', filter: ExportFilter): boolean {
  const { since, code, reviewer, reason } = filter
  return (
    APPROVED.has(row.status) &&
    row.kind === kind &&
    (since === undefined || (row.reviewed_at ?? 0) >= since) &&
    (code === undefined || row.code === code) &&
    (reviewer === undefined || row.reviewer === reviewer || row.first_approver === reviewer) &&
    (reason === undefined || row.reason === reason)
  )
}

/** The catalog to compare corrections with, unless they were compared with this very one before. */
export type Measure = { catalog: Catalog; fingerprint: string }

/**
 * A correction as a line, or the reason to skip it. Without a measure nothing is decided again: it's written as before.
 */
export function lineOf(
  row: ExportedCorrection,
  settings: LineSettings,
  measure: Measure | null,
): ExportLine | SkipReason {
  if (row.consent === null) return 'no_consent'
  if (measure && row.superseded_by !== null) return 'superseded'
  if (measure && row.catalog_fingerprint !== measure.fingerprint && !isTeachable(row, measure.catalog))
    return 'contradicts_catalog'
  const canonical = canonicalText(row, settings.knownCodes)
  const why = whyUnwritable(canonical, settings.format)
  if (why) return why
  return {
    text: writeLine(canonical, settings.format),
    code: row.code,
    provenance: {
      correction: row.id,
      answer: row.answer_id,
      label: null,
      source: row.source,
      author: row.author,
      reviewer: row.reviewer,
      firstReviewer: row.first_approver,
      reviewedAt: row.reviewed_at,
      consent: row.consent,
      model: row.model,
      catalogVersion: row.catalog_version,
    },
  }
}

/** How the majority judged an answer; null on a tie. */
export function labelOf({ marks }: JudgedAnswer): 0 | 1 | null {
  const { up, down } = tallyOf(marks)
  return up === down ? null : up > down ? 1 : 0
}

/**
 * A judged answer as a line. The question is one of the usual ways to ask about the code, never the person's own words;
 * the answer is what was shown. An answer for several codes was judged as a whole, which says nothing about its parts.
 */
export function judgedLineOf(
  answer: JudgedAnswer,
  label: 0 | 1 | null,
  settings: LineSettings,
): ExportLine | SkipReason {
  const [finding, ...others] = answer.findings
  if (!finding?.code || !finding.problem || !finding.action || others.length > 0) return 'not_one_answer'
  if (label === null) return 'undecided'
  const { code, problem, action, command, fallback } = finding
  const canonical = {
    prompt: buildPrompt(askAbout(code, answer.id)),
    answer: writeAnswer({ code, problem, action, command, fallback }),
    rejected: null,
    label: label === 1,
  }
  const why = whyUnwritable(canonical, settings.format)
  if (why) return why
  return {
    text: writeLine(canonical, settings.format),
    code,
    provenance: {
      correction: null,
      answer: answer.id,
      label,
      source: 'votes',
      author: null,
      reviewer: null,
      firstReviewer: null,
      reviewedAt: null,
      consent: null,
      model: answer.model,
      catalogVersion: answer.catalog_version,
    },
  }
}
