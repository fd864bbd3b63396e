import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { openStore } from '../../../src/store/open.ts'
import { silent } from '../../support/silent.ts'
import { runTerminal } from '../../support/terminal.ts'
import { type Habits, startOtherTrainer } from './other-trainer.ts'

const CLI = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
/** Enough that a bundle of it takes a while, and more than a full disk takes. */
const MANY_ROWS = 15_000

const root = await mkdtemp(join(tmpdir(), 'hydrocore-stops-'))
afterAll(() => rm(root, { recursive: true }))

const row = (i: number) =>
  `${JSON.stringify({
    messages: [
      { role: 'user', content: `E-02 number ${i}?` },
      { role: 'assistant', content: 'Clean it.' },
    ],
  })}\n`

async function data(folder: string, rows = 12): Promise<string> {
  const file = join(folder, 'train.jsonl')
  await writeFile(file, Array.from({ length: rows }, (_, i) => row(i)).join(''))
  return file
}

/** A terminal of its own. What shall be stopped in the middle is a process; what comes after runs here. */
async function terminal(habits: Habits) {
  const folder = await mkdtemp(join(root, 'terminal-'))
  const trainer = await startOtherTrainer(habits)
  const environment = {
    PATH: process.env.PATH ?? '',
    DATABASE_URL: `sqlite:${folder}/test.db`,
    OPENAI_API_KEY: 'key',
    OPENAI_BASE_URL: trainer.baseUrl,
    ASSISTANT_MODEL: 'base-1',
  }
  const begin = (...args: string[]) => spawn('node', [CLI, ...args], { env: environment, cwd: folder })
  return {
    ...{ folder, trainer, environment, begin },
    run: (...args: string[]) => runTerminal(args, environment),
    [Symbol.asyncDispose]: () => trainer[Symbol.asyncDispose](),
  }
}

async function ended(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  const said = { out: '', err: '' }
  child.stdout?.on('data', (text) => {
    said.out += text
  })
  child.stderr?.on('data', (text) => {
    said.err += text
  })
  const [code] = await once(child, 'close')
  return { code, ...said }
}

describe.concurrent('a start that is stopped', { timeout: 60_000 }, () => {
  it('while it uploads makes no job, and the next one does', async () => {
    let child: ChildProcess | null = null
    await using at = await terminal({
      onAsked: async (route) => {
        if (route !== 'POST /v1/files' || !child) return
        child.kill('SIGINT')
        await once(child, 'close')
      },
    })
    const train = await data(at.folder)
    child = at.begin('finetune', 'start', '--train', train)
    expect(await ended(child)).toMatchObject({ code: 1, err: 'Stopped.\n' })
    child = null
    expect(at.trainer.asked).toEqual([])
    expect(await at.run('finetune', 'start', '--train', train)).toMatchObject({ code: 0 })
    expect(at.trainer.asked).toHaveLength(1)
  })

  it('when its file is there says that it stays, and the next one uses it', async () => {
    let child: ChildProcess | null = null
    await using at = await terminal({
      slowFiles: { looks: 2, status: 'processing', isShown: true },
      onAsked: async (route) => {
        if (!route.startsWith('GET /v1/files/') || !child) return
        child.kill('SIGINT')
        await once(child, 'close')
      },
    })
    const train = await data(at.folder)
    child = at.begin('finetune', 'start', '--train', train)
    const stopped = await ended(child)
    expect(stopped.code).toBe(1)
    expect(stopped.err).toContain('stays at the training server (ftx-')
    child = null
    expect(await at.run('finetune', 'start', '--train', train)).toMatchObject({
      code: 0,
      err: expect.stringContaining('is used again'),
    })
    expect(at.trainer.files).toHaveLength(1)
    expect(at.trainer.asked).toHaveLength(1)
  })

  it('while the job is made keeps the job', async () => {
    let child: ChildProcess | null = null
    await using at = await terminal({
      onDone: (route) => {
        if (route === 'POST /v1/fine_tuning/jobs') child?.kill('SIGINT')
      },
    })
    const train = await data(at.folder)
    child = at.begin('finetune', 'start', '--train', train, '--watch')
    expect(await ended(child)).toMatchObject({ code: 1, err: expect.stringContaining('finetune watch ftx-') })
    expect(await at.run('finetune', 'start', '--train', train, '--watch')).toMatchObject({
      code: 0,
      out: 'succeeded: base-1-tuned',
    })
    expect(at.trainer.asked).toHaveLength(1)
  })

  it('and killed before it knew the job’s id finds that job again', async () => {
    let child: ChildProcess | null = null
    await using at = await terminal({
      onDone: async (route) => {
        if (route !== 'POST /v1/fine_tuning/jobs' || !child) return
        child.kill('SIGKILL')
        await once(child, 'close')
      },
    })
    const train = await data(at.folder)
    child = at.begin('finetune', 'start', '--train', train)
    await ended(child)
    // Who died holds its claim for some seconds more.
    await using store = await openStore({ kind: 'sqlite', path: join(at.folder, 'test.db') }, silent)
    const claims = store.updateTable('kv').where('key', 'like', 'training-start:%')
    expect(await claims.set({ expires_at: 0 }).executeTakeFirst()).toMatchObject({ numUpdatedRows: 1n })
    const again = await at.run('finetune', 'start', '--train', train, '--watch')
    expect(again).toMatchObject({ code: 0, out: 'succeeded: base-1-tuned' })
    expect(at.trainer.asked).toHaveLength(1)
  })

  it('while it watches says how to go on, and that goes on', async () => {
    let child: ChildProcess | null = null
    await using at = await terminal({
      onDone: (route) => {
        if (route.endsWith('/events')) child?.kill('SIGINT')
      },
    })
    child = at.begin('finetune', 'start', '--train', await data(at.folder), '--watch')
    const { code, err } = await ended(child)
    expect(code).toBe(1)
    const [, id = ''] = /finetune watch (\S+)/.exec(err) ?? []
    expect(await at.run('finetune', 'watch', id)).toMatchObject({ code: 0, out: 'succeeded: base-1-tuned' })
  })
})

describe.concurrent('a connection that is lost', { timeout: 60_000 }, () => {
  it('in the middle of an upload is tried again with the whole file', async () => {
    await using at = await terminal({ cutUploads: 2 })
    const train = await data(at.folder, MANY_ROWS)
    expect(await at.run('finetune', 'start', '--train', train, '--watch')).toMatchObject({ code: 0 })
    expect(at.trainer.files).toHaveLength(1)
    expect(at.trainer.files[0]).toContain(await readFile(train, 'utf8'))
  })

  it('for good leaves no job, says so, and the next start makes one', async () => {
    await using at = await terminal({ cutUploads: 4 })
    const train = await data(at.folder, MANY_ROWS)
    const lost = await at.run('finetune', 'start', '--train', train)
    expect(lost).toMatchObject({ code: 1, err: expect.stringContaining('cannot be reached') })
    expect(await at.run('finetune', 'start', '--train', train)).toMatchObject({ code: 0 })
    expect(at.trainer.asked).toHaveLength(1)
  })
})

describe.concurrent('a bundle that cannot be finished', { timeout: 60_000 }, () => {
  const local = (train: string, out: string) =>
    ['finetune', 'start', '--driver', 'local', '--train', train, '--model', 'm/m', '--out', out] as const

  it.each(['SIGINT', 'SIGKILL'] as const)('for %s is not there, and the next one is', async (signal) => {
    await using at = await terminal({})
    const train = await data(at.folder, MANY_ROWS)
    const out = join(at.folder, 'bundle')
    const child = at.begin(...local(train, out))
    while (!(await readdir(at.folder)).some((name) => name.startsWith('bundle.part_')) && child.exitCode === null);
    child.kill(signal)
    await ended(child)
    const left = (await readdir(at.folder)).filter((name) => name.startsWith('bundle'))
    expect(left).toHaveLength(signal === 'SIGINT' ? 0 : 1)
    expect(left).not.toContain('bundle')
    expect(await at.run('finetune', 'list')).toMatchObject({ out: expect.stringContaining('No job') })
    expect(await at.run(...local(await data(at.folder), out))).toMatchObject({ code: 0 })
  })

  it('for a full disk says so and leaves nothing behind', async () => {
    await using at = await terminal({})
    const train = await data(at.folder, MANY_ROWS)
    await at.run('finetune', 'list')
    const full = spawn(
      'bash',
      ['-c', 'ulimit -f 1024; exec "$@"', 'bash', 'node', CLI, ...local(train, join(at.folder, 'bundle'))],
      {
        env: at.environment,
        cwd: at.folder,
      },
    )
    expect(await ended(full)).toMatchObject({ code: 1, err: expect.stringContaining('the disk is full') })
    expect((await readdir(at.folder)).filter((name) => name.startsWith('bundle'))).toEqual([])
  })
})
