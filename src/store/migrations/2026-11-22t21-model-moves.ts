import { type Kysely, sql } from 'kysely'

/** Every move of an alias is kept, and what is tried on a share of the threads with the answers it gave. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  await schema
    .createTable('model_moves')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('alias', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('model', 'text', (c) => c.notNull())
    .addColumn('previous_model', 'text')
    .addColumn('moved_by', 'text', (c) => c.notNull())
    .addColumn('moved_at', 'bigint', (c) => c.notNull())
    .addColumn('evaluation_id', 'text')
    .addColumn('is_override', 'integer', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .execute()
  await schema.createIndex('model_moves_by_alias').on('model_moves').columns(['alias', 'moved_at', 'id']).execute()
  await sql`
    insert into model_moves
      (id, alias, kind, model, previous_model, moved_by, moved_at, evaluation_id, is_override, reason)
    select 'mov_' || alias, alias, 'promoted', model, previous_model, moved_by, moved_at, null, 0, reason from aliases
  `.execute(db)

  await schema
    .createTable('canaries')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('alias', 'text', (c) => c.notNull())
    .addColumn('model', 'text', (c) => c.notNull())
    .addColumn('live_model', 'text', (c) => c.notNull())
    .addColumn('share', 'integer', (c) => c.notNull())
    .addColumn('started_by', 'text', (c) => c.notNull())
    .addColumn('started_at', 'bigint', (c) => c.notNull())
    .addColumn('ends_at', 'bigint')
    .addColumn('running_alias', 'text', (c) => c.unique())
    .addColumn('outcome', 'text')
    .addColumn('ended_at', 'bigint')
    .addColumn('figures', 'text')
    .execute()
  await schema.alterTable('answers').addColumn('canary_id', 'text').execute()
  await schema.alterTable('answers').addColumn('canary_arm', 'text').execute()
  await schema.createIndex('answers_by_canary').on('answers').columns(['canary_id', 'canary_arm']).execute()
}
