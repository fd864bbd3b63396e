import type { Catalog } from '../../catalog/catalog.ts'
import { CATEGORIES } from '../../diagnosis/prompt.ts'
import { parseQuestion } from '../../diagnosis/question.ts'
import { CORRECTION_REASONS } from '../../feedback/corrections/corrections.ts'
import { checkFilter } from '../../feedback/exports/exports.ts'
import type { ExportFilter } from '../../feedback/exports/lines.ts'
import { REVIEW_WORDS } from '../../feedback/labels.ts'
import { EXPORT_FORMATS, type ExportFormat } from '../../formats/writing.ts'
import { parseSince } from '../../lib/parse-since.ts'
import { listOf } from '../blocks/words.ts'
import { escapeCode } from '../platform/escaping.ts'
import { unknownFormat, WORDS } from './words.ts'

export type ExportRequest = { format: ExportFormat; kind: 'answer' | 'log'; filter: ExportFilter }

/** A request to send an earlier export again. */
export type ReExport = { again: string }

/** The parts of a request; the form's fields have these names. */
export const EXPORT_FIELDS = ['format', 'kind', 'since', 'code', 'reviewer', 'reason', 'new'] as const
export type ExportField = (typeof EXPORT_FIELDS)[number]
export type ExportFields = Partial<Record<ExportField, string>>

export type ParsedExportRequest =
  | { ok: true; wish: ExportRequest }
  | { ok: false; faults: Partial<Record<ExportField, string>> }

/** The format most trainers read. */
export const COMMONEST: ExportFormat = 'openai-sft'

/** Parses what was selected in the form or typed; each fault is reported at its field. */
export function parseExportRequest(
  given: ExportFields,
  { user, catalog, now }: { user: string; catalog: Catalog; now: number },
): ParsedExportRequest {
  const faults: Partial<Record<ExportField, string>> = {}
  const tell = (field: ExportField, words: string) => {
    faults[field] = words
    return undefined
  }
  const { format: formatName = COMMONEST, kind: kindName = 'answer' } = present(given)
  const { since: sinceText, code: codeText, reviewer: person, reason: reasonName, new: isNew } = present(given)
  const format = EXPORT_FORMATS.find((known) => known === formatName.toLowerCase())
  if (!format) tell('format', unknownFormat(EXPORT_FORMATS))
  const kind = KINDS.find((known) => known === kindName.toLowerCase())
  if (!kind) tell('kind', `There are two kinds: ${listOf(KINDS)}.`)
  const since = sinceText === undefined ? undefined : (parseSince(sinceText, now) ?? tell('since', WORDS.exportSince))
  const code =
    codeText === undefined
      ? undefined
      : (readCode(codeText, kind, catalog) ?? tell('code', REVIEW_WORDS.exportCategory))
  const reviewer =
    person === undefined ? undefined : (readReviewer(person, user) ?? tell('reviewer', WORDS.exportReviewer))
  const reason =
    reasonName === undefined
      ? undefined
      : (CORRECTION_REASONS.find((known) => known === reasonName.toLowerCase()) ??
        tell('reason', `The reasons are ${listOf(CORRECTION_REASONS)}.`))
  const filter: ExportFilter = {
    ...(since === undefined ? {} : { since }),
    ...(code === undefined ? {} : { code }),
    ...(reviewer === undefined ? {} : { reviewer }),
    ...(reason === undefined ? {} : { reason }),
    ...(isNew ? { neverExported: true } : {}),
  }
  if (!format || !kind || Object.keys(faults).length > 0) return { ok: false, faults }
  const why = checkFilter(format, kind, filter)
  return why ? { ok: false, faults: { format: why } } : { ok: true, wish: { format, kind, filter } }
}

const KINDS = ['answer', 'log'] as const

function present(given: ExportFields): ExportFields {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))
}

/** A code however it's typed (`e2`), even if it's no longer in the catalog; for log lines the category. */
export function readCode(text: string, kind: ExportRequest['kind'] | undefined, catalog: Catalog): string | null {
  if (kind !== 'log') return parseQuestion(text, catalog).codes[0] ?? text.toUpperCase()
  return CATEGORIES.find((known) => known.toLowerCase() === text.toLowerCase().replace(/[\s-]/g, '_')) ?? null
}

const MENTION = /^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$/

/** A Slack user id, or the terminal's name for a person. */
const REVIEWER = /^(?:[UW][A-Z0-9]{6,}|terminal:\S{1,80})$/

function readReviewer(text: string, user: string): string | null {
  if (text.toLowerCase() === 'me') return user
  return MENTION.exec(text)?.[1] ?? REVIEWER.exec(text)?.[0] ?? null
}

/**
 * Parses the text after `/hydrocore export`: a format, `new`, and filters as `name:value`, in any order. Returns a
 * message for anything else. A single export id requests that export again.
 */
export function readExportText(
  text: string,
): { ok: true; fields: ExportFields | ReExport } | { ok: false; words: string } {
  const [again] = /^exp_[0-9a-z]{1,40}$/.exec(text.trim()) ?? []
  if (again) return { ok: true, fields: { again } }
  const fields: ExportFields = {}
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const [, name = '', value = ''] = /^([a-z]+):(.*)$/i.exec(word) ?? []
    const field = EXPORT_FIELDS.find((known) => known === name.toLowerCase())
    if (field && value) fields[field] = value
    else if (word.toLowerCase() === 'new') fields.new = 'new'
    else if (name) return { ok: false, words: unknownPart(word) }
    else if (fields.format === undefined) fields.format = word
    else return { ok: false, words: unknownPart(word) }
  }
  return { ok: true, fields }
}

function unknownPart(word: string): string {
  return `I do not understand \`${escapeCode(word.slice(0, 60))}\`. ${WORDS.exportUsage}`
}
