import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import pg from 'pg'
import type { StoreConfig } from '../../../src/store/open.ts'
import { startPostgres } from '../../support/postgres.ts'
import { UsageError } from './bench.ts'

/** A database of one run, gone with it. */
export type Place = AsyncDisposable & { name: string; config: StoreConfig }

export const DATABASE_NAMES = ['sqlite', 'postgres'] as const
export type DatabaseName = (typeof DATABASE_NAMES)[number]

/** Opens the databases that were asked for, both unless told; `TEST_POSTGRES_URL` names a server to use instead of one of our own. */
export async function openPlaces(wished: string | undefined, folder: string): Promise<Place[]> {
  const names = wished?.split(',') ?? DATABASE_NAMES
  const places: Place[] = []
  for (const name of names) {
    if (name === 'sqlite') places.push(sqlite(folder))
    else if (name === 'postgres') {
      const place = await postgres().catch((error: unknown) => {
        if (wished) throw error
        process.stderr.write(`PostgreSQL is left out: ${error}\n`)
        return null
      })
      if (place) places.push(place)
    } else throw new UsageError(`--databases takes ${DATABASE_NAMES.join(' and ')}, with a comma between, not ${name}.`)
  }
  return places
}

function sqlite(folder: string): Place {
  return {
    name: 'SQLite',
    config: { kind: 'sqlite', path: join(folder, 'bench.db') },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** A schema of its own, so that nothing else in the database is touched. */
async function postgres(): Promise<Place> {
  await using opened = new AsyncDisposableStack()
  const address = process.env.TEST_POSTGRES_URL || opened.use(await startPostgres()).url
  const schema = `bench_${randomBytes(8).toString('hex')}`
  await run(address, `create schema ${schema}`)
  opened.defer(() => run(address, `drop schema ${schema} cascade`))
  const url = new URL(address)
  url.searchParams.set('options', `-csearch_path=${schema}`)
  const held = opened.move()
  return {
    name: 'PostgreSQL',
    config: { kind: 'postgres', url: String(url), connections: 4 },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
