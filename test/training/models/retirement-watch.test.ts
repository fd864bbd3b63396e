import { expect, it } from 'vitest'
import { readModelNews } from '../../../src/diagnosis/model/model-news.ts'
import { listJobs } from '../../../src/outbox/outbox-records.ts'
import { createRetirementWatcher } from '../../../src/training/models/retirement-watch.ts'
import { describeOnDatabases } from '../../support/databases.ts'
import { silent } from '../../support/silent.ts'

const DAY = 24 * 60 * 60 * 1_000
const LAST_DAY = '2027-01-14'

describeOnDatabases('models in use that retire', (kind) => {
  it('are told 60, 30 and 7 days ahead, once each over all instances, and stand in the log once a day', async () => {
    await using database = await kind.create()
    const { store } = database
    let time = 0
    const logged: unknown[] = []
    const watch = () =>
      createRetirementWatcher({
        store,
        jobs: {
          retiring: async (models) =>
            models.map((model) => ({ model, shutdownDate: model === 'ft:live' ? LAST_DAY : null })),
        },
        inUse: async () => [
          { model: 'ft:live', roles: ['assistant', 'classifier'] },
          { model: 'ours', roles: ['fallback'] },
        ],
        logger: { ...silent, warn: (facts: unknown) => void logged.push(facts) },
        now: () => time,
      })
    await using one = watch()
    await using two = watch()
    const told = async () => (await listJobs(store, 'model_news', 20)).map(({ payload }) => readModelNews(payload))
    const at = async (daysLeft: number) => {
      time = Date.parse(LAST_DAY) - daysLeft * DAY + 1_000
      await Promise.all([one.runOnce(), two.runOnce()])
      time += 60 * 60 * 1_000
      await one.runOnce()
    }
    await at(61)
    expect(await told()).toEqual([])
    expect(one.current()).toEqual([])
    await at(60)
    await at(45)
    expect(await told()).toMatchObject([
      { kind: 'retiring', model: 'ft:live', roles: ['assistant', 'classifier'], retiresOn: LAST_DAY, daysLeft: 60 },
    ])
    expect(one.current()).toMatchObject([{ model: 'ft:live', daysLeft: 45 }])
    await at(30)
    await at(7)
    await at(1)
    await at(-3)
    expect(await told()).toMatchObject([{ daysLeft: 60 }, { daysLeft: 30 }, { daysLeft: 7 }])
    // Six of these days, and two instances.
    expect(logged).toHaveLength(12)
  })
})
