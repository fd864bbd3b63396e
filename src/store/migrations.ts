import type { Migration } from 'kysely/migration'
import { up as first } from './migrations/2026-12-01-first.ts'
import { up as threads } from './migrations/2026-12-01-threads.ts'

/** By name, in order. A landed migration is never edited: databases out there have run it. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '2026-12-01-first': { up: first },
  '2026-12-01-threads': { up: threads },
}
