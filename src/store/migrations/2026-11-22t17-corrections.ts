import type { Kysely } from 'kysely'

/**
 * Corrections of either kind, two approvals, requests to change the catalog, who else proposed and what was done when,
 * exports that may hold answers, and which job learnt from which correction. Migrations run by their names: the hour
 * puts this one behind the others of its day.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  await schema
    .alterTable('corrections')
    .addColumn('kind', 'text', (c) => c.notNull().defaultTo('answer'))
    .execute()
  await schema
    .alterTable('corrections')
    .addColumn('aim', 'text', (c) => c.notNull().defaultTo('model'))
    .execute()
  for (const column of ['risk', 'is_edited', 'queue_rank'])
    await schema
      .alterTable('corrections')
      .addColumn(column, 'integer', (c) => c.notNull().defaultTo(0))
      .execute()
  await schema
    .alterTable('corrections')
    .addColumn('approvals_needed', 'integer', (c) => c.notNull().defaultTo(1))
    .execute()
  await schema
    .alterTable('corrections')
    .addColumn('question_key', 'text', (c) => c.notNull().defaultTo(''))
    .execute()
  for (const column of ['first_approver', 'first_approver_team', 'superseded_by', 'teachable_with'])
    await schema.alterTable('corrections').addColumn(column, 'text').execute()
  for (const column of ['first_approved_at', 'withdrawn_at'])
    await schema.alterTable('corrections').addColumn(column, 'bigint').execute()

  await schema.dropIndex('corrections_queue').execute()
  await schema
    .createIndex('corrections_queue')
    .on('corrections')
    .columns(['status', 'queue_rank', 'created_at', 'id'])
    .execute()
  await schema.createIndex('corrections_by_code').on('corrections').columns(['code', 'status', 'reviewed_at']).execute()
  await schema.createIndex('corrections_by_question').on('corrections').columns(['question_key', 'status']).execute()
  await schema.createIndex('corrections_by_review').on('corrections').column('reviewed_at').execute()
  await schema.createIndex('corrections_by_withdrawal').on('corrections').column('withdrawn_at').execute()
  await schema
    .createIndex('corrections_by_superseder')
    .on('corrections')
    .column('superseded_by')
    .where('superseded_by', 'is not', null)
    .execute()
  await schema.createIndex('corrections_by_aim').on('corrections').columns(['aim', 'status']).execute()

  await schema
    .createTable('correction_backers')
    .addColumn('correction_id', 'text', (c) => c.notNull().references('corrections.id'))
    .addColumn('backer', 'text', (c) => c.notNull())
    .addColumn('backer_team', 'text', (c) => c.notNull())
    .addColumn('answer_id', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('correction_backers_key', ['correction_id', 'backer', 'answer_id'])
    .execute()

  await schema
    .createTable('correction_steps')
    .addColumn('correction_id', 'text', (c) => c.notNull().references('corrections.id'))
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('step', 'text', (c) => c.notNull())
    .addColumn('actor', 'text', (c) => c.notNull())
    .addColumn('actor_team', 'text', (c) => c.notNull())
    .addColumn('note', 'text')
    .addColumn('content_before', 'text')
    .addPrimaryKeyConstraint('correction_steps_key', ['correction_id', 'position'])
    .execute()
  await schema.createIndex('correction_steps_by_time').on('correction_steps').columns(['at', 'step']).execute()

  await schema
    .createTable('learnt_corrections')
    .addColumn('job_id', 'text', (c) => c.notNull())
    .addColumn('correction_id', 'text', (c) => c.notNull())
    .addColumn('told_at', 'bigint')
    .addPrimaryKeyConstraint('learnt_corrections_key', ['job_id', 'correction_id'])
    .execute()
  await schema
    .createIndex('learnt_corrections_by_correction')
    .on('learnt_corrections')
    .column('correction_id')
    .execute()

  await schema
    .alterTable('exports')
    .addColumn('kind', 'text', (c) => c.notNull().defaultTo('answer'))
    .execute()
  await schema
    .alterTable('exports')
    .addColumn('settings', 'text', (c) => c.notNull().defaultTo('{}'))
    .execute()

  // A line is now either a correction or a judged answer. Without foreign keys: they are looked up for each of 100,000
  // lines, and neither corrections nor answers are ever deleted.
  await schema
    .createTable('export_lines')
    .addColumn('export_id', 'text', (c) => c.notNull())
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('correction_id', 'text')
    .addColumn('answer_id', 'text')
    .addColumn('label', 'integer')
    .addPrimaryKeyConstraint('export_lines_key', ['export_id', 'position'])
    .execute()
  await db
    .withTables<Lines>()
    .insertInto('export_lines')
    .columns(['export_id', 'position', 'correction_id'])
    .expression((query) => query.selectFrom('export_rows').select(['export_id', 'position', 'correction_id']))
    .execute()
  await schema.dropTable('export_rows').execute()
  await schema.alterTable('export_lines').renameTo('export_rows').execute()
  await schema
    .createIndex('export_rows_by_correction')
    .on('export_rows')
    .column('correction_id')
    .where('correction_id', 'is not', null)
    .execute()
  await schema
    .createIndex('export_rows_by_answer')
    .on('export_rows')
    .column('answer_id')
    .where('answer_id', 'is not', null)
    .execute()
}

type Line = { export_id: string; position: number; correction_id: string }
type Lines = { export_rows: Line; export_lines: Line }
