import type { Catalog } from '../../catalog/catalog.ts'
import type { Statement } from '../../diagnosis/answer.ts'
import { fitsCatalog } from '../../diagnosis/grounding.ts'
import { createPromiseCache } from '../../lib/promise-cache.ts'
import type { Store } from '../../store/open.ts'
import { listApprovedStatements } from './correction-records.ts'

/** An approval counts after a model learned it; until then a moment doesn’t matter. */
const TTL_MS = 2_000
const MAX_CODES = 200

/**
 * What approved corrections say of a code, the newest first: with the catalog's own statement all that may be shown as
 * advice. A correction that no longer fits the catalog isn't among them.
 */
export function createApprovedStatements(deps: {
  store: Store
  catalog: Catalog
  now: () => number
}): (code: string) => Promise<readonly Statement[]> {
  const { store, catalog, now } = deps
  const cache = createPromiseCache<readonly Statement[]>({ ttlMs: TTL_MS, maxEntries: MAX_CODES, now })
  return (code) =>
    cache.get(code, async () => {
      const entry = catalog.find(code)
      const statements = entry ? await listApprovedStatements(store, code) : []
      return entry ? statements.filter((statement) => fitsCatalog(statement, entry, catalog)) : []
    })
}
