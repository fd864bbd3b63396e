import type { Kysely } from 'kysely'

/** Who proposed what somebody else had proposed before finds it among their own. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('correction_backers_by_backer')
    .on('correction_backers')
    .columns(['backer', 'backer_team'])
    .execute()
}
