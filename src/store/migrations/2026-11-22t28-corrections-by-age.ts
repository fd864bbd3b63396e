import type { Kysely } from 'kysely'

/** The newest corrections of a code at a status: among them are those that another one may repeat. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('corrections_by_code_and_age')
    .on('corrections')
    .columns(['code', 'status', 'created_at', 'id'])
    .execute()
}
