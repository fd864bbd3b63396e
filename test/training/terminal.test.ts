import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { loadCatalog } from '../../src/catalog/loading.ts'
import { type ModelServer, startModelServer } from '../../src/sandbox/model-server/start.ts'
import { buildDataset } from '../../src/training/datasets/datasets.ts'
import { runTerminal } from '../support/terminal.ts'

/** The whole loop as a trainer does it, one process and one terminal. */
let server: ModelServer
let environment: Record<string, string>
let folder: string
let tuned: string
let data: { train: string; heldOut: string }
const run = (...args: string[]) => runTerminal(args, environment)
beforeAll(async () => {
  server = await startModelServer({ baseModels: ['base'], stepDelayMs: 0 })
  folder = await mkdtemp(join(tmpdir(), 'hydrocore-measuring-'))
  environment = {
    DATABASE_URL: `sqlite:${join(folder, 'test.db')}`,
    OPENAI_BASE_URL: server.url,
    OPENAI_API_KEY: server.apiKey,
    ASSISTANT_MODEL: 'base',
    JUDGE_MODEL: 'base',
  }
  data = await buildDataset({ kind: 'assistant', catalog: await loadCatalog(), folder })
  const started = await run('finetune', 'start', '--train', data.train, '--watch')
  tuned = /ft:\S+/.exec(started.out)?.[0] ?? ''
  if (!tuned) throw new Error(`${started.out}${started.err}`)
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

describe('evaluate', () => {
  it('shows that training paid, in a table, in words, as JSON and as a page', async () => {
    const html = join(folder, 'out', 'report.html')
    const told = await run('evaluate', '--models', `base,${tuned}`, '--data', data.heldOut, '--judge', '--html', html)
    expect(told).toMatchObject({ code: 0, err: `Compared with base, which is live.\nThe page is ${html}.` })
    expect(told.out).toMatch(/right answers .*unsafe commands .*against base/s)
    expect(told.out).toContain(`Worth it: ${tuned}`)
    expect(told.out).toContain('judged in both orders')
    expect(told.out).toContain('The judge is one of those it judges')
    expect(await readFile(html, 'utf8')).toContain('Was the new model worth it?')
    const id = /eval_\w+/.exec(told.out)?.[0] ?? ''
    const again = await run('evaluations', 'show', id, '--json')
    const { models } = JSON.parse(again.out)
    expect(models[0].accuracy.high).toBeLessThan(models[1].accuracy.low)
    expect(models[1].comparison.isSignificant).toBe(true)
    expect((await run('evaluations', 'list')).out).toContain(id)
    expect(await run('evaluations', 'show', id, '--html', join(data.train, 'report.html'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('The page could not be written'),
    })
  })

  it('refuses by itself what the model was trained on', async () => {
    const seen = await run('evaluate', '--models', tuned, '--data', data.train)
    expect(seen).toMatchObject({ code: 1, out: '', err: expect.stringContaining('were trained on') })
  })

  it('names the model that the server does not know, and what it cannot use', async () => {
    const wrong = await run('evaluate', '--models', 'base,gone', '--data', data.heldOut)
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('does not know the model gone') })
    const broken = join(folder, 'broken.jsonl')
    await writeFile(broken, 'no rows\n')
    expect((await run('evaluate', '--models', 'base', '--data', broken)).err).toContain('line 1')
    expect((await run('evaluate', '--models', 'base', '--data', data.heldOut, '--concurrency', 'many')).code).toBe(2)
    expect((await run('evaluate', '--models', 'base', '--data', data.heldOut, '--baseline', 'b')).code).toBe(2)
    expect((await run('evaluations', 'show', 'eval_none')).code).toBe(1)
    expect((await run('evaluations', 'show', 'eval_none')).err).toContain('eval_none')
  })
})

describe('an evaluation that is stopped', () => {
  const asked = () => server.calls.filter(({ path }) => path === '/chat/completions').length

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'by %s loses nothing: the same command asks only what is left',
    async (how) => {
      const rows = (await readFile(data.heldOut, 'utf8')).trim().split('\n').length
      const args = ['evaluate', '--models', 'base', '--data', data.heldOut]
      server.latency({ firstTokenMs: 60 })
      const before = asked()
      const child = spawn(process.execPath, ['src/cli/main.ts', ...args], { env: { ...process.env, ...environment } })
      const err: Buffer[] = []
      child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
      const ended = once(child, 'exit')
      await vi.waitFor(() => expect(asked() - before).toBeGreaterThan(8), { timeout: 20_000, interval: 10 })
      child.kill(how)
      const [code, signal] = await ended
      server.latency({ firstTokenMs: 0 })
      if (how === 'SIGINT') expect(Buffer.concat(err).toString()).toContain('goes on from there')
      expect(code ?? signal).toBe(how === 'SIGINT' ? 1 : how)
      const cutOff = asked()
      expect(cutOff - before).toBeLessThan(rows)
      expect((await run(...args)).code).toBe(0)
      // What was under way when it was stopped is asked again, and nothing else.
      expect(asked() - before).toBeGreaterThanOrEqual(rows)
      expect(asked() - before).toBeLessThanOrEqual(rows + 4)
    },
  )
})

describe('decide', () => {
  it('measures the three ways on the same rows, and recommends one with its reason', async () => {
    const told = await run('decide', '--data', data.heldOut, '--model', tuned, '--json')
    expect(told.err).toBe('')
    const { models, decision } = JSON.parse(told.out)
    expect(models.map(({ name, model }: { name: string; model: string }) => [name, model])).toEqual([
      ['base', 'base'],
      ['base with the catalog', 'base'],
      ['fine-tuned', tuned],
    ])
    const [base, grounded] = models
    expect(base.accuracy.high).toBeLessThan(grounded.accuracy.low)
    expect(grounded.cost.tokens.prompt).toBeGreaterThan(base.cost.tokens.prompt)
    expect(decision.recommended).toBe('fine-tuned')
    expect(decision.rules).toHaveLength(3)
  })

  it('asks for a fine-tuned model where there is none', async () => {
    const told = await run('decide', '--data', data.heldOut)
    expect(told).toMatchObject({ code: 2, err: expect.stringContaining('--model') })
  })
})

describe('the way past the gate', () => {
  it('asks for the rows that the training data held out, and compares with what is live then', async () => {
    const models = ['--models', `base,${tuned}`]
    const measuredOn = async (file: string, ...more: string[]) =>
      JSON.parse((await run('evaluate', ...models, '--data', file, '--json', ...more)).out)
    const mine = join(folder, 'mine.jsonl')
    const rows = (await readFile(data.heldOut, 'utf8')).trim().split('\n')
    await writeFile(mine, `${rows.slice(0, 30).join('\n')}\n`)
    const promote = ['models', 'promote', tuned, '--alias', 'assistant', '--evaluation']
    const chosen = await measuredOn(mine)
    expect(chosen.baseline).toBe('base')
    expect(await run(...promote, chosen.id)).toMatchObject({
      code: 1,
      err: expect.stringContaining(
        `not on the rows that its training data held out (heldout.jsonl, ${rows.length} rows`,
      ),
    })
    const whole = await measuredOn(data.heldOut)
    expect(whole.data.file).toBe(data.heldOut)
    expect(await run(...promote, whole.id)).toMatchObject({ code: 0, err: '' })
    expect((await run('evaluations', 'list')).out).toContain(data.heldOut)

    expect((await measuredOn(mine, '--afresh')).baseline).toBe(tuned)
    const told = await run('evaluate', ...models, '--data', mine, '--baseline', 'base')
    expect(told.err).toContain('Compared with base.')
  })
})
