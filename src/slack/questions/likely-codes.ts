import type { Catalog } from '../../catalog/catalog.ts'
import type { CodeEntry } from '../../catalog/schema.ts'
import type { Diagnosis } from '../../diagnosis/diagnose.ts'

/** More buttons are a list to read, not a choice. */
const MAX_LIKELY = 3

/** The likely codes for a symptom, the model's guess first. Empty when the question named a code. */
export function likelyCodeEntries(
  { findings, namedCodes }: Pick<Diagnosis, 'findings' | 'namedCodes'>,
  bySymptom: readonly string[],
  catalog: Catalog,
): CodeEntry[] {
  if (namedCodes.length > 0) return []
  const guessed = findings.flatMap(({ statement }) => (statement ? [statement.code] : []))
  const codes = new Set([...guessed, ...bySymptom])
  return [...codes].flatMap((code) => catalog.find(code) ?? []).slice(0, MAX_LIKELY)
}

/** No model was reachable, and without a code the catalog can't answer either. */
export function isModelUnreachable({ source, findings }: Pick<Diagnosis, 'source' | 'findings'>): boolean {
  return source === 'none' && findings.every(({ verdict }) => verdict === 'unanswered')
}
