import type { Kysely } from 'kysely'

/** An answer says how far a code's statement was given, for which devices, and which device it has to ask about. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  await schema.alterTable('findings').addColumn('typed', 'text').execute()
  await schema
    .alterTable('findings')
    .addColumn('step', 'integer', (c) => c.notNull().defaultTo(0))
    .execute()
  await schema
    .alterTable('findings')
    .addColumn('devices', 'text', (c) => c.notNull().defaultTo('[]'))
    .execute()
  await schema.alterTable('answers').addColumn('open_devices', 'text').execute()
}
