import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Logger } from '../lib/logger.ts'
import { StoreUnusableError } from './errors.ts'
import { up as first } from './migrations/2026-11-22-first.ts'
import { up as overviews } from './migrations/2026-11-22-overviews.ts'
import { up as workOrders } from './migrations/2026-11-22-work-orders.ts'
import { up as corrections } from './migrations/2026-11-22t17-corrections.ts'
import { up as evaluation } from './migrations/2026-11-22t19-evaluation.ts'
import { up as strategies } from './migrations/2026-11-22t19-strategies.ts'
import { up as queueByKind } from './migrations/2026-11-22t20-queue-by-kind.ts'
import { up as modelMoves } from './migrations/2026-11-22t21-model-moves.ts'
import { up as logLines } from './migrations/2026-11-22t22-log-lines.ts'
import { up as jobs } from './migrations/2026-11-22t23-jobs.ts'
import { up as backers } from './migrations/2026-11-22t24-backers.ts'
import { up as trialLooks } from './migrations/2026-11-22t25-trial-looks.ts'
import { up as withdrawals } from './migrations/2026-11-22t26-withdrawals.ts'
import { up as yardsticks } from './migrations/2026-11-22t27-yardsticks.ts'
import { up as correctionsByAge } from './migrations/2026-11-22t28-corrections-by-age.ts'
import type { PostgresPlace } from './postgres.ts'
import { sqliteDialect } from './sqlite.ts'
import type { Tables } from './tables.ts'

export type StoreConfig = { kind: 'sqlite'; path: string } | ({ kind: 'postgres' } & PostgresPlace)

/** The one handle on our tables; `records.ts` files write their queries on it. */
export type Store = Kysely<Tables>

const MIGRATIONS = {
  '2026-11-22-first': { up: first },
  '2026-11-22-overviews': { up: overviews },
  '2026-11-22-work-orders': { up: workOrders },
  '2026-11-22t17-corrections': { up: corrections },
  '2026-11-22t19-evaluation': { up: evaluation },
  '2026-11-22t19-strategies': { up: strategies },
  '2026-11-22t20-queue-by-kind': { up: queueByKind },
  '2026-11-22t21-model-moves': { up: modelMoves },
  '2026-11-22t22-log-lines': { up: logLines },
  '2026-11-22t23-jobs': { up: jobs },
  '2026-11-22t24-backers': { up: backers },
  '2026-11-22t25-trial-looks': { up: trialLooks },
  '2026-11-22t26-withdrawals': { up: withdrawals },
  '2026-11-22t27-yardsticks': { up: yardsticks },
  '2026-11-22t28-corrections-by-age': { up: correctionsByAge },
}

/** Opens either database and brings its tables up to date. Throws {@link StoreUnusableError}. */
export async function openStore(config: StoreConfig, logger: Logger): Promise<Store> {
  const dialect = config.kind === 'sqlite' ? await sqliteDialect(config.path) : await postgres(config, logger)
  const store: Store = new Kysely<Tables>({ dialect })
  const { error } = await new Migrator({
    db: store,
    provider: { getMigrations: async () => MIGRATIONS },
    // Those of one day are independent of each other; a database may have met a later one first.
    allowUnorderedMigrations: true,
  })
    .migrateToLatest()
    .catch((thrown: unknown) => ({ error: thrown }))
  if (error) {
    await store.destroy()
    throw new StoreUnusableError(placeOf(config), { cause: error })
  }
  return store
}

/** PostgreSQL's client is loaded only where it is used: it takes some 10 MB. */
async function postgres(config: PostgresPlace, logger: Logger) {
  const { postgresDialect } = await import('./postgres.ts')
  return postgresDialect(config, logger)
}

/** The database's name for people: never with its password. */
function placeOf(config: StoreConfig): string {
  if (config.kind === 'sqlite') return config.path
  const { hostname, port, pathname } = new URL(config.url)
  return `PostgreSQL at ${hostname}:${port || 5432}${pathname}`
}
