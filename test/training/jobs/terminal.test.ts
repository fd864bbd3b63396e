import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runTerminal } from '../../support/terminal.ts'
import { temporaryFolder } from '../temporary.ts'
import { type OtherTrainer, startOtherTrainer } from './other-trainer.ts'

let trainer: OtherTrainer
let folder: string
let train: string
beforeEach(async () => {
  trainer = await startOtherTrainer({ without: /pause/, serves: ['hydro-local'] })
  folder = await temporaryFolder()
  train = join(folder, 'train.jsonl')
  const row = (i: number) => ({
    messages: [
      { role: 'user', content: `E-02? ${i}` },
      { role: 'assistant', content: 'Clean it.' },
    ],
  })
  await writeFile(train, Array.from({ length: 12 }, (_, i) => `${JSON.stringify(row(i))}\n`).join(''))
})
afterEach(() => trainer[Symbol.asyncDispose]())

const terminal = (...args: string[]) =>
  runTerminal(args, {
    DATABASE_URL: `sqlite:${folder}/test.db`,
    OPENAI_API_KEY: 'key',
    OPENAI_BASE_URL: trainer.baseUrl,
    ASSISTANT_MODEL: 'base-1',
  })

it('starts, follows, shows and lists a job', async () => {
  const started = await terminal('finetune', 'start', '--train', train, '--epochs', '2', '--watch')
  expect(started).toMatchObject({ code: 0, out: expect.stringContaining('succeeded: base-1-tuned') })
  expect(started.err).toContain('running')
  const { out } = await terminal('finetune', 'list', '--json')
  const [job] = JSON.parse(out) as [{ id: string }]
  expect(job).toMatchObject({ status: 'succeeded', driver: 'openai', model: 'base-1-tuned', rows: 12 })
  const shown = await terminal('finetune', 'show', job.id)
  expect(shown.out).toMatch(/loss +█▃▁ 0.333/)
  expect(JSON.parse((await terminal('finetune', 'show', job.id, '--json')).out)).toMatchObject({
    state: { id: job.id, model: 'base-1-tuned' },
  })
  expect(await terminal('finetune', 'watch', job.id, '--json')).toMatchObject({ code: 0 })
  const again = await terminal('finetune', 'start', '--from', job.id, '--epochs', '2')
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('--again') })
  expect(await terminal('finetune', 'pause', job.id)).toMatchObject({
    code: 1,
    err: expect.stringContaining('cannot pause'),
  })
})

it('goes on with a job that was started before, when asked to follow it', async () => {
  await terminal('finetune', 'start', '--train', train)
  const again = await terminal('finetune', 'start', '--train', train, '--watch')
  expect(again).toMatchObject({ code: 0, out: 'succeeded: base-1-tuned' })
  expect(again.err).toContain('was started before')
  expect(trainer.asked).toHaveLength(1)
})

it('says what training costs, and starts only with a yes', async () => {
  const start = ['finetune', 'start', '--train', train, '--model', 'gpt-4.1-mini']
  const asked = await terminal(...start)
  expect(asked).toMatchObject({ code: 2, err: expect.stringMatching(/costs about \$\d+\.\d\d: .*\n.*--yes/) })
  expect(asked.err).toContain('gpt-4.1-mini stops on 2027-01-14')
  expect(trainer.asked).toEqual([])
  expect(await terminal(...start, '--yes')).toMatchObject({ code: 0, err: expect.stringContaining('costs about') })
  expect(trainer.asked).toHaveLength(1)
})

it('writes a bundle without any server', async () => {
  const out = join(folder, 'bundle')
  const start = ['finetune', 'start', '--driver', 'local', '--train', train]
  const withoutServer = (...args: string[]) =>
    runTerminal(args, { DATABASE_URL: `sqlite:${folder}/test.db`, SLACK_API_URL: 'http://127.0.0.1:9/' })
  expect(await withoutServer(...start, '--out', out)).toMatchObject({
    code: 2,
    err: expect.stringContaining('--model'),
  })
  const made = await withoutServer(...start, '--out', out, '--model', 'Qwen/Qwen3-4B', '--json')
  expect(made).toMatchObject({ code: 0 })
  expect(await readFile(join(out, 'README.md'), 'utf8')).toContain('12 rows')
  const { id } = JSON.parse(made.out) as { id: string }
  expect(await terminal('finetune', 'watch', id)).toMatchObject({
    code: 2,
    err: expect.stringContaining(`--bundle ${out}`),
  })
})

it('brings a model home that answers by its name', async () => {
  const out = join(folder, 'bundle')
  await terminal('finetune', 'start', '--driver', 'local', '--train', train, '--out', out, '--model', 'm/m')
  const missing = await terminal('models', 'register', 'hydro-other', '--bundle', out)
  expect(missing).toMatchObject({ code: 2, err: expect.stringContaining('does not answer as hydro-other') })
  const known = await terminal('models', 'register', 'hydro-local', '--bundle', out)
  expect(known).toMatchObject({ code: 0, out: expect.stringContaining('hydro-local is known now: 12 rows on m/m') })
  const { out: listed } = await terminal('models', 'list', '--json')
  expect(JSON.parse(listed)).toMatchObject([{ model: 'hydro-local', base: 'm/m', data: { rows: 12 } }])
})

it.each([
  [['--train', 'a', '--from', 'b'], 'either'],
  [[], 'either'],
  [['--train', 'a', '--epochs', 'many'], 'takes a number'],
  [['--train', 'a', '--metadata', 'x'], 'key=value'],
  [['--train', 'a', '--method', 'magic'], 'method'],
  [['--from', 'nothing'], 'There is no job'],
])('tells of wrong usage: %j', async (options, words) => {
  expect(await terminal('finetune', 'start', ...options)).toMatchObject({
    code: 2,
    err: expect.stringContaining(words),
  })
})
