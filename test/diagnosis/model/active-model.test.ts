import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createActiveModel } from '../../../src/diagnosis/model/active-model.ts'
import { describeOnDatabases, type TestDatabase } from '../../support/databases.ts'

describeOnDatabases('the model an alias stands for', (kind) => {
  let database: TestDatabase
  let now = 0
  beforeAll(async () => {
    database = await kind.create()
  })
  beforeEach(() => database.store.deleteFrom('aliases').execute())
  afterAll(() => database[Symbol.asyncDispose]())

  const promote = (model: string) =>
    database.store
      .insertInto('aliases')
      .values({ alias: 'assistant', model, previous_model: null, changed_at: 1, changed_by: 'test', reason: 'test' })
      .onConflict((conflict) => conflict.column('alias').doUpdateSet({ model }))
      .execute()

  it('is the configured one until another is promoted, which is followed within two seconds', async () => {
    const activeModel = createActiveModel(database.store, 'assistant', 'configured', () => now)
    const classifier = createActiveModel(database.store, 'classifier', 'sorter', () => now)
    expect(await activeModel()).toBe('configured')
    await promote('ft:first')
    now += 1_900
    expect(await activeModel()).toBe('ft:first')
    expect(await classifier()).toBe('sorter')
    await promote('ft:second')
    now += 1_900
    expect(await activeModel()).toBe('ft:second')
  })

  it('is looked up once for a crowd of questions', async () => {
    const activeModel = createActiveModel(database.store, 'assistant', 'configured', () => now)
    const first = activeModel()
    expect(activeModel()).toBe(first)
    await first
  })

  it('is looked up anew after a look-up that failed', async () => {
    const { schema } = database.store
    await schema.alterTable('aliases').renameTo('elsewhere').execute()
    const activeModel = createActiveModel(database.store, 'assistant', 'configured', () => now)
    await expect(activeModel()).rejects.toThrow()
    await schema.alterTable('elsewhere').renameTo('aliases').execute()
    expect(await activeModel()).toBe('configured')
  })
})
