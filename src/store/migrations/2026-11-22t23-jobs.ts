import type { Kysely } from 'kysely'

/** How each job trains and on which files: what tells two jobs on the same data apart, and what starts one again elsewhere. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  const add = (column: string, byDefault: string) =>
    schema
      .alterTable('jobs')
      .addColumn(column, 'text', (c) => c.notNull().defaultTo(byDefault))
      .execute()
  await add('driver', 'openai')
  await add('recipe', '')
  for (const column of ['train_file', 'validation_file', 'manifest_file', 'manifest_sha256'])
    await schema.alterTable('jobs').addColumn(column, 'text').execute()
}
