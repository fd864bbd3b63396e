import { hash } from 'node:crypto'
import type { Catalog } from '../../catalog/catalog.ts'
import { RISKS } from '../../catalog/schema.ts'
import { type Statement, statementOf, writeAnswer } from '../../diagnosis/answer.ts'
import { ground } from '../../diagnosis/grounding.ts'
import { CATEGORIES } from '../../diagnosis/prompt.ts'
import { parseQuestion } from '../../diagnosis/question.ts'
import { answerTextOf, type Content, isDeclining } from './content.ts'

/** How a checked correction stands to the catalog; kept with it, so that a review need not ask the catalog again. */
export type CatalogAlignment = {
  /** Whether it can be taught as the catalog is, or asks for another catalog. */
  target: 'model' | 'catalog'
  /** The catalog it can be taught with; null when it contradicts the one it was held against. */
  catalogFingerprint: string | null
  /** The command that the catalog has for the code. */
  command: string | null
  /** The risk of each known command, from 1. */
  risks: Readonly<Record<string, number>>
}

export function alignmentOf(content: Content, catalog: Catalog): CatalogAlignment {
  const teachable = isTeachable(content, catalog)
  return {
    target: teachable ? 'model' : 'catalog',
    catalogFingerprint: teachable ? fingerprintOf(catalog) : null,
    command: isDeclining(content) ? null : (catalog.find(content.code)?.command ?? null),
    risks: Object.fromEntries(
      Object.entries(catalog.commands).map(([name, { risk }]) => [name, RISKS.indexOf(risk) + 1]),
    ),
  }
}

/** Grows when the rules by which answers are held against the catalog change. */
const RULES = 1

/** Equal for catalogs that say the same of every code: what was right with one is right with the other. */
export function fingerprintOf({ version, codes, commands }: Catalog): string {
  return hash('sha256', JSON.stringify([RULES, version, codes.map(statementOf), Object.keys(commands)]))
}

/**
 * Whether an answer that says this would be believed: grounding refuses what differs from the catalog in its problem or
 * its command, so teaching it would only make every answer a contradicted one. Training and exports ask the same.
 */
export function isTeachable(content: Content, catalog: Catalog): boolean {
  if (content.kind === 'log') return CATEGORIES.some((category) => category === content.code)
  if (isDeclining(content)) return !namesKnownCode(content.question, catalog)
  const { codes } = parseQuestion(content.question, catalog)
  if (codes.length > 0 && !codes.includes(content.code)) return false
  return ground(writeAnswer(content), content.code, catalog).verdict === 'grounded'
}

/** A code that the catalog knows is always answered; to be silent about it would be to hide a fault. */
export function namesKnownCode(question: string, catalog: Catalog): boolean {
  return parseQuestion(question, catalog).codes.some((code) => catalog.find(code) !== null)
}

/** How much care a review takes. */
export type Caution = { approvals_needed: 1 | 2; risk: number }

const HIGHEST_RISK = RISKS.length

/**
 * Two people approve where a command comes, goes or becomes another one: against what the model had answered, or
 * against the catalog. An answer that named no readable command is no measure.
 */
export function cautionFor(content: Content, { command, risks }: CatalogAlignment, originalText: string): Caution {
  if (content.kind === 'log') return { approvals_needed: 1, risk: 0 }
  const said = answerTextOf(originalText, content.code)
  const others = [...(said ? [said.command] : []), ...(isDeclining(content) ? [] : [command])]
  const changed = others.filter((other) => other !== content.command)
  if (changed.length === 0) return { approvals_needed: 1, risk: 0 }
  const involved = [...changed, content.command].filter((name) => name !== null)
  return { approvals_needed: 2, risk: Math.max(...involved.map((name) => risks[name] ?? HIGHEST_RISK)) }
}

export const STATEMENT_FIELDS = ['problem', 'action', 'command', 'fallback'] as const

export type Difference = { field: (typeof STATEMENT_FIELDS)[number]; here: string | null; there: string | null }

/** Where two statements differ, field by field; spaces do not count. */
export function differencesOf(here: Statement, there: Statement): Difference[] {
  return STATEMENT_FIELDS.filter((field) => plain(here[field]) !== plain(there[field])).map((field) => ({
    field,
    here: here[field],
    there: there[field],
  }))
}

/** The catalog's own statement of a code, null when it does not know it. */
export function catalogStatement(code: string, catalog: Catalog): Statement | null {
  const entry = catalog.find(code)
  return entry && statementOf(entry)
}

function plain(text: string | null): string {
  return (text ?? '').replace(/\s+/g, ' ').trim()
}
