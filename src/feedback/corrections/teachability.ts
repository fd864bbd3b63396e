import { hash } from 'node:crypto'
import type { Catalog } from '../../catalog/catalog.ts'
import { RISKS } from '../../catalog/schema.ts'
import { parseAnswer, type Statement, statementOf, writeAnswer } from '../../diagnosis/answer.ts'
import { fitsCatalog } from '../../diagnosis/grounding.ts'
import { CATEGORIES } from '../../diagnosis/prompt.ts'
import { parseQuestion } from '../../diagnosis/question.ts'
import { answerTextOf, type Content, isDeclining } from './content.ts'
import { newAdviceIn } from './new-advice.ts'

/** How a checked correction relates to the catalog; stored with it, so that a review needn't compare again. */
export type CatalogAlignment = {
  /** Whether it can be taught with today's catalog, or asks for another one. */
  target: 'model' | 'catalog'
  /** The catalog it can be taught with; null when it contradicts the one it was compared with. */
  catalogFingerprint: string | null
  /** The catalog's command for the code. */
  command: string | null
  /** Whether it tells people to do something that the catalog says nowhere. */
  isNewAdvice: boolean
  /** The risk of each known command, from 1. */
  risks: Readonly<Record<string, number>>
}

export function alignmentOf(content: Content, catalog: Catalog): CatalogAlignment {
  const teachable = isTeachable(content, catalog)
  return {
    target: teachable ? 'model' : 'catalog',
    catalogFingerprint: teachable ? fingerprintOf(catalog) : null,
    command: isDeclining(content) ? null : (catalog.find(content.code)?.command ?? null),
    isNewAdvice: content.kind === 'answer' && !isDeclining(content) && newAdviceIn(content, catalog).length > 0,
    risks: Object.fromEntries(
      Object.entries(catalog.commands).map(([name, { risk }]) => [name, RISKS.indexOf(risk) + 1]),
    ),
  }
}

/** Increment when the rules for comparing answers with the catalog change. */
const RULES = 1

/** Equal for catalogs that say the same about every code: what's right with one is right with the other. */
export function fingerprintOf({ version, codes, commands }: Catalog): string {
  return hash('sha256', JSON.stringify([RULES, version, codes.map(statementOf), Object.keys(commands)]))
}

/**
 * Whether an answer saying this would be believed: grounding refuses a different problem or command, so teaching it
 * would only produce contradicted answers. Training and exports use the same rule.
 */
export function isTeachable(content: Content, catalog: Catalog): boolean {
  if (content.kind === 'log') return CATEGORIES.some((category) => category === content.code)
  if (isDeclining(content)) return !namesKnownCode(content.question, catalog)
  const { codes } = parseQuestion(content.question, catalog)
  if (codes.length > 0 && !codes.includes(content.code)) return false
  const entry = catalog.find(content.code)
  const said = parseAnswer(writeAnswer(content))
  return entry !== null && said !== null && fitsCatalog(said, entry, catalog)
}

/** A code in the catalog is always answered; declining it would hide a fault. */
export function namesKnownCode(question: string, catalog: Catalog): boolean {
  return parseQuestion(question, catalog).codes.some((code) => catalog.find(code) !== null)
}

/** How careful a review must be. */
export type Caution = { approvals_needed: 1 | 2; risk: number }

const HIGHEST_RISK = RISKS.length

/**
 * Two people approve advice that is new, and a command that is added, removed or replaced, compared with the model's
 * answer or with the catalog. An answer without a readable command isn't compared.
 */
export function cautionFor(
  content: Content,
  { command, risks, isNewAdvice }: CatalogAlignment,
  originalText: string,
): Caution {
  if (content.kind === 'log') return { approvals_needed: 1, risk: 0 }
  const said = answerTextOf(originalText, content.code)
  const others = [...(said ? [said.command] : []), ...(isDeclining(content) ? [] : [command])]
  const changed = others.filter((other) => other !== content.command)
  if (isNewAdvice) return { approvals_needed: 2, risk: HIGHEST_RISK }
  if (changed.length === 0) return { approvals_needed: 1, risk: 0 }
  const involved = [...changed, content.command].filter((name) => name !== null)
  return { approvals_needed: 2, risk: Math.max(...involved.map((name) => risks[name] ?? HIGHEST_RISK)) }
}

export const STATEMENT_FIELDS = ['problem', 'action', 'command', 'fallback'] as const

export type Difference = { field: (typeof STATEMENT_FIELDS)[number]; here: string | null; there: string | null }

/** The fields in which two statements differ; spaces don't count. */
export function differencesOf(here: Statement, there: Statement): Difference[] {
  return STATEMENT_FIELDS.filter((field) => plain(here[field]) !== plain(there[field])).map((field) => ({
    field,
    here: here[field],
    there: there[field],
  }))
}

/** The catalog's own statement about a code; null when it's unknown. */
export function catalogStatement(code: string, catalog: Catalog): Statement | null {
  const entry = catalog.find(code)
  return entry && statementOf(entry)
}

function plain(text: string | null): string {
  return (text ?? '').replace(/\s+/g, ' ').trim()
}
