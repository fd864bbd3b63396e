import { expect, it } from 'vitest'
import { claimQuestion, type NewQuestion } from '../../src/diagnosis/questions/question-records.ts'
import { describeOnDatabases } from '../support/databases.ts'
import { startTogether } from '../support/processes.ts'
import { addAnswer, NOON } from '../support/rows.ts'
import type { ClaimingJob } from './together/claiming.ts'

const QUESTION: NewQuestion = {
  team: 'T1',
  channel: 'C1',
  ts: '1764000000.000100',
  threadTs: null,
  userId: 'U1',
  channelType: 'im',
  source: 'message',
  text: 'E-02?',
}
const CLAIMERS = 20

describeOnDatabases('claims', (kind) => {
  it('lets one of 20 claimers on four handles have a question', async () => {
    await using database = await kind.create()
    const handles = [database.store, await database.open(), await database.open(), await database.open()]
    const claims = await Promise.all(
      Array.from({ length: CLAIMERS }, (_, i) =>
        claimQuestion(handles[i % handles.length] ?? database.store, QUESTION, { owner: `i${i}`, until: NOON }, NOON),
      ),
    )
    const won = claims.filter((claim) => claim !== null)
    expect(won).toHaveLength(1)
    expect(await database.store.selectFrom('questions').selectAll().execute()).toEqual(won)
  })

  it('lets one of 20 claimers in four processes have a question', async () => {
    await using database = await kind.create()
    const job: ClaimingJob = { config: database.config, question: QUESTION, claimers: CLAIMERS / 4 }
    const wins = await startTogether(4, new URL('./together/claiming.ts', import.meta.url), job)
    expect(wins.toSorted()).toEqual([0, 0, 0, 1])
    expect(await database.store.selectFrom('questions').selectAll().execute()).toHaveLength(1)
  })

  it('takes the same ts in another channel or workspace for another question', async () => {
    await using database = await kind.create()
    const claim = (over: Partial<NewQuestion>) =>
      claimQuestion(database.store, { ...QUESTION, ...over }, { owner: 'i1', until: NOON }, NOON)
    expect(await claim({})).not.toBeNull()
    expect(await claim({ channel: 'C2' })).not.toBeNull()
    expect(await claim({ team: 'T2' })).not.toBeNull()
    expect(await claim({})).toBeNull()
  })

  it('lets one of 20 conditional updates happen', async () => {
    await using database = await kind.create()
    const handles = [database.store, await database.open()]
    const answer = await addAnswer(database.store)
    await database.store
      .insertInto('commands')
      .values({
        id: 'cmd_1',
        answer_id: answer.id,
        code: 'E-02',
        command: 'CLEAN_TURB',
        state: 'requested',
        team: 'T1',
        channel: 'C1',
        offered_at: NOON,
      })
      .execute()
    const updates = await Promise.all(
      Array.from({ length: CLAIMERS }, (_, i) =>
        (handles[i % handles.length] ?? database.store)
          .updateTable('commands')
          .set({ state: 'sent', requested_by: `U${i}` })
          .where('id', '=', 'cmd_1')
          .where('state', '=', 'requested')
          .executeTakeFirst(),
      ),
    )
    expect(updates.filter(({ numUpdatedRows }) => numUpdatedRows === 1n)).toHaveLength(1)
    expect(updates.filter(({ numUpdatedRows }) => numUpdatedRows === 0n)).toHaveLength(CLAIMERS - 1)
  })
})
