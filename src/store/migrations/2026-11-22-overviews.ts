import type { Kysely } from 'kysely'

/** What the Home tab and the audit ask for: one person's rows, and the rows of a stretch of time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  await schema.createIndex('questions_by_asker').on('questions').columns(['team', 'user_id', 'created_at']).execute()
  await schema.createIndex('answers_by_time').on('answers').columns(['created_at', 'source', 'latency_ms']).execute()
  await schema.createIndex('commands_by_asker').on('commands').columns(['requested_by', 'requested_at']).execute()
  await schema.createIndex('command_steps_by_time').on('command_steps').columns(['at', 'id']).execute()
  await schema.createIndex('corrections_by_author').on('corrections').columns(['author', 'created_at', 'id']).execute()
  await schema.createIndex('vote_marks_by_time').on('vote_marks').column('event_ts').execute()
}
