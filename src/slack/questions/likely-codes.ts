import type { Catalog } from '../../catalog/catalog.ts'
import type { CodeEntry } from '../../catalog/schema.ts'
import type { Diagnosis } from '../../diagnosis/diagnose.ts'

/** More buttons than this are a list to read, not a choice. */
const MAX_LIKELY = 3

/** A symptom without a code: what it may be, the model's own guess first. Empty when the question named a code. */
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

/** No model could be reached, and without a code the catalog has nothing to say either. */
export function isModelUnreachable({ source, findings }: Pick<Diagnosis, 'source' | 'findings'>): boolean {
  return source === 'none' && findings.every(({ verdict }) => verdict === 'unanswered')
}
