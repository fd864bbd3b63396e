import { type Kysely, sql } from 'kysely'

/**
 * Who proposed the same keeps their own note and consent, so that a correction can go on in their name when its author
 * withdraws; whose name a correction bore stands with each line of an export.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  const backers = () => schema.alterTable('correction_backers')
  for (const column of ['note', 'consent', 'model', 'merged_from']) await backers().addColumn(column, 'text').execute()
  for (const column of ['original_text', 'catalog_version'])
    await backers()
      .addColumn(column, 'text', (c) => c.notNull().defaultTo(''))
      .execute()
  // Their own were not kept, but nobody could propose without the same consent, and about the same answer's words.
  for (const column of ['consent', 'model', 'original_text', 'catalog_version'])
    await sql`
      update correction_backers set ${sql.ref(column)} =
        (select ${sql.ref(`c.${column}`)} from corrections c where c.id = correction_backers.correction_id)
    `.execute(db)
  await sql`
    update correction_backers set merged_from = (
      select min(c.id) from corrections c
      where c.author = correction_backers.backer and c.status = 'duplicate'
        and coalesce(c.answer_id, '') = correction_backers.answer_id
        and c.review_note = 'The same as ' || correction_backers.correction_id || '.'
    )
  `.execute(db)
  await schema
    .createIndex('correction_backers_by_merge')
    .on('correction_backers')
    .column('merged_from')
    .where('merged_from', 'is not', null)
    .execute()

  await schema.alterTable('export_rows').addColumn('author', 'text').execute()
  await sql`
    update export_rows set author = (select c.author from corrections c where c.id = export_rows.correction_id)
    where correction_id is not null
  `.execute(db)

  // Every question about steps names them; withdrawals are counted whenever they were.
  await schema.dropIndex('correction_steps_by_time').execute()
  await schema.createIndex('correction_steps_by_step').on('correction_steps').columns(['step', 'at']).execute()
}
