import type { Kysely } from 'kysely'

/** Answers say how their model was asked; those from before were all asked as fine-tuned models are. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('answers').addColumn('strategy', 'text').execute()
  await (db as Kysely<{ answers: { strategy: string | null; model: string | null } }>)
    .updateTable('answers')
    .set({ strategy: 'fine-tuned' })
    .where('model', 'is not', null)
    .execute()
}
