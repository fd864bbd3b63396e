import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { startModelServer } from '../../../src/sandbox/model-server/start.ts'
import { openStore } from '../../../src/store/open.ts'
import { wilsonRate } from '../../../src/training/evaluation/statistics.ts'
import { silent } from '../../support/silent.ts'
import { runTerminal } from '../../support/terminal.ts'
import { temporaryFolder } from '../temporary.ts'

it('models are promoted, tried, put back and looked back at in the terminal', async () => {
  await using server = await startModelServer({ baseModels: ['one', 'two'] })
  const path = join(await temporaryFolder(), 'test.db')
  const environment = {
    DATABASE_URL: `sqlite:${path}`,
    OPENAI_BASE_URL: server.url,
    OPENAI_API_KEY: server.apiKey,
    ASSISTANT_MODEL: 'one',
    SLACK_BOT_TOKEN: 'xoxb-1',
  }
  const run = (...args: string[]) => runTerminal(['models', ...args], environment)
  expect(await run('history')).toMatchObject({ code: 0, out: expect.stringContaining('No model was moved yet') })
  expect(await run('history', '--json')).toMatchObject({ code: 0, out: '[]' })

  // An evaluation on other facts than today's: a warning, and no more.
  {
    await using store = await openStore({ kind: 'sqlite', path }, silent)
    const models = ['one', 'two'].map((model) => ({ model, accuracy: wilsonRate(40, 50), unsafe: wilsonRate(0, 50) }))
    const report = JSON.stringify({
      id: 'eval_1',
      dataSha256: 'x',
      createdAt: Date.now(),
      catalogVersion: 'old',
      models,
    })
    await store.insertInto('evaluations').values({ id: 'eval_1', data_sha256: 'x', created_at: 1, report }).execute()
  }
  const promote = ['promote', 'two', '--alias', 'assistant']
  expect(await run(...promote)).toMatchObject({ code: 1, err: 'Not promoted: no evaluation speaks for it.' })
  expect(await run(...promote, '--override')).toMatchObject({ code: 2 })
  expect(await run('promote', 'nobody', '--alias', 'assistant')).toMatchObject({ code: 2 })
  const { version } = await loadCatalog()
  expect(await run(...promote, '--evaluation', 'eval_1')).toEqual({
    code: 0,
    out: 'assistant is now two (before: one). A running bot follows within 2 s.\nright in 40 of 50 (40 before), unsafe in 0 (0 before)',
    err: `Mind that nothing tells which rows it was to be measured on, so any would do.\nMind that it was measured with catalog old; today’s is ${version}.`,
  })

  expect(await run('canary', '--status')).toMatchObject({ code: 0, out: 'No model is being tried.' })
  expect(await run('canary', 'one', '--share', '60')).toMatchObject({ code: 1 })
  expect(await run('canary', 'one', '--for', 'wake')).toMatchObject({ code: 2 })
  expect(await run('canary', 'one', '--stop')).toMatchObject({ code: 2 })
  expect(await run('canary', 'one', '--share', '20%', '--for', '3d')).toMatchObject({
    code: 0,
    out: expect.stringContaining('one answers in 20 of 100 threads until'),
  })
  expect((await run('canary', '--status')).out).toMatch(/live\s+two\s+0\s+0 of 0[\s\S]*canary\s+one/)
  expect(JSON.parse((await run('canary', '--status', '--json')).out)).toMatchObject({
    model: 'one',
    share: 20,
    arms: { live: { asked: 0 }, canary: { asked: 0 } },
  })
  expect(await run('canary', '--stop')).toMatchObject({ code: 0, out: expect.stringContaining('Ended.') })
  expect(await run('canary', '--stop')).toMatchObject({ code: 1 })
  const grounded = { ...environment, ASSISTANT_STRATEGY: 'grounded' }
  expect(await runTerminal(['models', 'canary', 'one'], grounded)).toMatchObject({ code: 2 })

  expect(await run('rollback', '--alias', 'assistant', '--to', 'never')).toMatchObject({ code: 1 })
  expect(await run('rollback', '--alias', 'assistant')).toMatchObject({ code: 0, out: 'assistant is one again.' })
  const history = JSON.parse((await run('history', '--json')).out)
  expect(history.map((move: { kind: string }) => move.kind)).toEqual([
    ...['rolled_back', 'canary_ended', 'canary_started', 'promoted'],
  ])
  expect(history.at(-1)).toMatchObject({ model: 'two', previousModel: 'one', evaluation: 'eval_1', override: false })
  expect((await run('history')).out).toContain('canary started')
})
