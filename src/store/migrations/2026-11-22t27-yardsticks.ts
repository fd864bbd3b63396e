import type { Kysely } from 'kysely'

/** Beside what a training file asks stands which file its models are to be measured on. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('trained_data').addColumn('yardstick', 'text').execute()
}
