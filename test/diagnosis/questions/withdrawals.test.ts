import { expect, it } from 'vitest'
import {
  claimQuestion,
  markPosted,
  type NewQuestion,
  renewLeases,
  saveAnswer,
} from '../../../src/diagnosis/questions/question-records.ts'
import {
  eraseQuestion,
  findEarlierVersion,
  findQuestionAt,
  isReplaced,
  replaceQuestion,
  withdrawQuestions,
} from '../../../src/diagnosis/questions/withdrawal-records.ts'
import type { Store } from '../../../src/store/open.ts'
import { describeOnDatabases } from '../../support/databases.ts'
import { NOON } from '../../support/rows.ts'

const LEASE = { owner: 'one', until: NOON + 15_000 }
const TS = '1764000000.000100'

async function claim(store: Store, over: Partial<NewQuestion> = {}) {
  const place = { team: 'T1', channel: 'C1', ts: TS, threadTs: null, userId: 'U1', channelType: 'channel' }
  const row = await claimQuestion(store, { ...place, source: 'mention', text: 'E-02?', ...over }, LEASE, NOON)
  if (!row) throw new Error('it was claimed before')
  return row
}
const diagnosisOf = (store: Store, question: Awaited<ReturnType<typeof claim>>) =>
  saveAnswer(
    store,
    question,
    {
      findings: [],
      namedCodes: [],
      modelText: 'E-02 at my house',
      source: 'model',
      model: 'm',
      strategy: 'base',
      trial: null,
      proposed: [],
      smallTalk: null,
      openDevices: [],
      devices: [],
      latencyMs: 1,
    },
    { channel: 'C1', threadTs: TS, catalogVersion: '1' },
    NOON,
  )

describeOnDatabases('a withdrawn question', (kind) => {
  it('is nobody’s any more: its lease is gone, and nothing is stored or posted for it', async () => {
    await using database = await kind.create()
    const { store } = database
    const question = await claim(store)
    const picked = await claim(store, { ts: `shortcut:${TS}:U2`, source: 'shortcut' })
    const other = await claim(store, { ts: '1764000000.000101' })
    const at = { team: 'T1', channel: 'C1', ts: TS }
    expect((await withdrawQuestions(store, at, NOON)).sort()).toEqual([question.id, picked.id].sort())
    expect(await withdrawQuestions(store, at, NOON)).toEqual([])
    expect([...(await renewLeases(store, 'one', [question.id, picked.id, other.id], NOON))]).toEqual([other.id])
    expect(await diagnosisOf(store, question)).toBeNull()
    expect(
      await claimQuestion(
        store,
        { ...at, threadTs: null, userId: 'U1', channelType: 'channel', source: 'mention', text: 'again' },
        LEASE,
        NOON,
      ),
    ).toBeNull()
    const jobs = await store.selectFrom('outbox').select('topic').execute()
    expect(jobs).toEqual([{ topic: 'withdrawn' }, { topic: 'withdrawn' }])
  })

  it('keeps no message of an answer that was posted meanwhile, and none of its words', async () => {
    await using database = await kind.create()
    const { store } = database
    const question = await claim(store)
    const answer = await diagnosisOf(store, question)
    if (!answer) throw new Error('it was not stored')
    await withdrawQuestions(store, { team: 'T1', channel: 'C1', ts: TS }, NOON)
    expect(await markPosted(store, answer, { channel: 'C1', ts: '2.2' }, NOON)).toBe(false)
    await eraseQuestion(store, question.id)
    const rows = await store.selectFrom('answers').select(['question_text', 'model_text', 'message_ts']).execute()
    expect(rows).toEqual([{ question_text: '', model_text: '', message_ts: null }])
  })

  it('gives its place to what it was edited into, for one of several who hear of the edit', async () => {
    await using database = await kind.create()
    const { store } = database
    const before = await claim(store)
    const edit = { text: 'E-05?', userId: 'U1' }
    const rows = await Promise.all([1, 2, 3].map(() => replaceQuestion(store, before, edit, LEASE, NOON + 1)))
    const [now, ...more] = rows.filter((row) => row !== null)
    expect(more).toEqual([])
    if (!now) throw new Error('nobody took the edit')
    expect(await findQuestionAt(store, before)).toEqual(now)
    const earlier = await findEarlierVersion(store, now)
    expect(earlier).toMatchObject({ id: before.id, state: 'withdrawn' })
    expect(earlier && isReplaced(earlier)).toBe(true)
    expect(await findEarlierVersion(store, before)).toBeNull()
  })
})
