import { applyEdits, modify } from 'jsonc-parser'
import type { Catalog } from '../../catalog/catalog.ts'
import type { CodeEntry } from '../../catalog/schema.ts'
import type { Store } from '../../store/open.ts'
import { contentOf, isDeclining } from '../corrections/content.ts'
import type { CorrectionRow } from '../corrections/correction-row.ts'
import { CatalogAgreesError } from '../corrections/errors.ts'
import { catalogStatement, type Difference, differencesOf } from '../corrections/teachability.ts'
import { type Review, reviewed, updateOptimistically } from './decide.ts'
import { listForCatalog } from './related-records.ts'

/**
 * "The catalog is wrong": approves a claimed correction as a request to change the catalog. It's taught as soon as the
 * catalog says so. Throws CatalogAgreesError when there's nothing to change.
 */
export function approveForCatalog(
  store: Store,
  { id, by, catalog }: Review & { catalog: Catalog },
  now: number,
): Promise<CorrectionRow> {
  return updateOptimistically(store, id, now, (row) => {
    const own = catalogStatement(row.code, catalog)
    if (row.kind === 'log' || isDeclining(contentOf(row)) || !own)
      throw new CatalogAgreesError(id, 'this correction is about no code of it')
    if (differencesOf(row, own).length === 0) throw new CatalogAgreesError(id, 'it says the same')
    return {
      step: { to: 'approved', by },
      change: { ...reviewed(by, null, now), target: 'catalog' },
      named: 'approved_for_catalog',
    }
  })
}

export type CatalogRequest = {
  correction: CorrectionRow
  /** What the catalog says (`there`) beside what it should say (`here`); empty once it does. */
  differences: readonly Difference[]
  /** `superseded`: a later request is about the same code. `unknown_code`: the code is no longer in the catalog. */
  state: 'open' | 'done' | 'superseded' | 'unknown_code'
}

/** All approved requests to change the catalog, compared with it as it is; oldest first. */
export async function listCatalogRequests(store: Store, catalog: Catalog): Promise<CatalogRequest[]> {
  const rows = await listForCatalog(store)
  const newest = new Map(rows.map((row) => [row.code, row.id]))
  return rows.map((correction) => {
    const own = catalogStatement(correction.code, catalog)
    const differences = own ? differencesOf(correction, own) : []
    const isNewest = newest.get(correction.code) === correction.id
    const state = !own ? 'unknown_code' : differences.length === 0 ? 'done' : isNewest ? 'open' : 'superseded'
    return { correction, differences, state }
  })
}

/** A step of a JSON Patch (RFC 6902). */
export type PatchStep = { op: 'test' | 'replace'; path: string; value: unknown }

/**
 * The open requests as a JSON Patch of the catalog file. Each begins by testing that the code is still in its place, so
 * that a patch for another version changes nothing. The version is part of it: every answer names it.
 */
export function writeCatalogPatch(requests: readonly CatalogRequest[], catalog: Catalog, version: string): PatchStep[] {
  const steps = requests
    .filter(({ state }) => state === 'open')
    .flatMap(({ correction, differences }) => {
      const at = catalog.codes.findIndex(({ code }) => code === correction.code)
      const entry = catalog.codes[at]
      if (!entry) return []
      const path = `/codes/${at}`
      return [
        { op: 'test' as const, path: `${path}/code`, value: correction.code },
        ...differences.map(({ field, here }) => ({
          op: 'replace' as const,
          path: `${path}/${field}`,
          value: field === 'fallback' ? fallbackOf(here, entry) : here,
        })),
      ]
    })
  if (steps.length === 0) return []
  return [
    { op: 'test', path: '/version', value: catalog.version },
    ...steps,
    { op: 'replace', path: '/version', value: version },
  ]
}

/** A correction says what to do, not who does it; where the catalog had nothing, somebody takes a look. */
function fallbackOf(text: string | null, { fallback }: CodeEntry): CodeEntry['fallback'] {
  return text === null ? null : { kind: fallback?.kind ?? 'inspect', text }
}

/** The catalog file with the patch applied; comments and layout stay. */
export function applyCatalogPatch(text: string, steps: readonly PatchStep[]): string {
  return steps
    .filter(({ op }) => op === 'replace')
    .reduce((patched, { path, value }) => {
      const keys = path.split('/').slice(1)
      const place = keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key))
      const formattingOptions = { insertSpaces: true, tabSize: 2 }
      return applyEdits(patched, modify(patched, place, value, { formattingOptions }))
    }, text)
}
