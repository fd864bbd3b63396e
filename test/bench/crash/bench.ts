import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { PEOPLE } from '../../../src/sandbox/workspace/state/seed.ts'
import { openStore, type Store } from '../../../src/store/open.ts'
import { type BotFixture, openBotFixture } from '../../story/support/bot-fixture.ts'
import { silent } from '../../support/silent.ts'
import { type Bench, readCount } from '../support/bench.ts'

/** Long enough that every question is in flight when one of the instances is killed. */
const MODEL_TAKES_MS = 15_000
const LEASE_MS = 3_000
const LOOK_EVERY_MS = 100

/** Questions in flight on two instances, one of them killed with -9: how many are lost, how many answered twice. */
export const crashBench: Bench = {
  async run(args, signal) {
    const { values: options } = parseArgs({
      args: [...args],
      options: { questions: { type: 'string' }, database: { type: 'string' } },
    })
    const count = readCount('questions', options.questions, 500)
    await using stage = await openBotFixture({ rateLimits: false })
    const settings = stage.settings(options.database ? { DATABASE_URL: options.database } : {})
    await using store = await openStore(storeOf(settings.DATABASE_URL ?? ''), silent)
    await using children = new AsyncDisposableStack()
    const start = async () => {
      const child = fork(new URL('../../story/support/bot-process.ts', import.meta.url), {
        env: { ...process.env, ...settings, LEASE_MS: String(LEASE_MS) },
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      })
      children.defer(() => kill(child))
      await once(child, 'message')
      return child
    }
    const [first] = await Promise.all([start(), start()])
    const { modelServer } = stage.sandbox
    modelServer.latency({ firstTokenMs: MODEL_TAKES_MS })
    const asked = await ask(stage, count)
    await until(async () => modelCalls(stage) >= count, signal)
    const owners = await store.selectFrom('questions').select('lease_owner').where('state', '=', 'claimed').execute()
    const share = Object.values(Object.groupBy(owners, ({ lease_owner: owner }) => owner ?? '')).map(
      (one) => one?.length,
    )

    const killedAt = performance.now()
    modelServer.latency({ firstTokenMs: 0 })
    await kill(first)
    await until(async () => (await unsettled(store)) === 0, signal)
    const took = performance.now() - killedAt

    const answers = await Promise.all(asked.map(({ user, ts }) => stage.answers({ userId: user }, ts)))
    const lost = answers.filter((messages) => messages.length === 0).length
    const twice = answers.filter((messages) => messages.length > 1).length
    process.stdout.write(
      [
        `${count} questions in flight on two instances (${share.join(' and ')}), one killed with -9`,
        `lost: ${lost}, answered twice: ${twice}`,
        `the last answer stood ${(took / 1_000).toFixed(1)} s after the kill (the model took ${MODEL_TAKES_MS / 1_000} s, a lease ${LEASE_MS / 1_000} s)`,
        '',
      ].join('\n'),
    )
  },
}

async function ask(stage: BotFixture, count: number): Promise<{ user: string; ts: string }[]> {
  const { bot, ...people } = PEOPLE
  const seats = await Promise.all(Object.values(people).map((person) => stage.seat(person)))
  const asking = Array.from({ length: count }, async (_, i) => {
    const seat = seats[i % seats.length]
    if (!seat) throw new Error('nobody is there to ask')
    // Every question differs, so that none is answered from the cache.
    const ts = await seat.say(seat.dm, `E-02 once more, ${randomBytes(6).toString('hex').replace(/\d/g, 'x')}`)
    return { user: seat.userId, ts }
  })
  return Promise.all(asking)
}

function modelCalls({ sandbox }: BotFixture): number {
  return sandbox.modelServer.calls.filter(({ path }) => path === '/chat/completions').length
}

async function unsettled(store: Store): Promise<number> {
  const rows = await store.selectFrom('questions').select('id').where('state', '=', 'claimed').execute()
  return rows.length
}

function storeOf(url: string) {
  return url.startsWith('sqlite:')
    ? ({ kind: 'sqlite', path: url.slice('sqlite:'.length) } as const)
    : ({ kind: 'postgres', url } as const)
}

async function until(isSo: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await isSo())) await wait(LOOK_EVERY_MS, undefined, { signal })
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
