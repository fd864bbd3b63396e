import { ErrorCode } from '@slack/web-api'
import { Keyv } from 'keyv'
import { describe, expect, it } from 'vitest'
import type { Command } from '../../../src/commands/command.ts'
import type { CommandState } from '../../../src/commands/state-machine.ts'
import { createInFlight } from '../../../src/lib/background.ts'
import { createKeyedQueue } from '../../../src/lib/keyed-queue.ts'
import { createApprovals } from '../../../src/slack/commands/approvals.ts'
import { createPermalinks } from '../../../src/slack/home/permalinks.ts'
import { createPrompts } from '../../../src/slack/home/suggested-prompts.ts'
import { parseMessageShortcut } from '../../../src/slack/platform/shortcut-payloads.ts'
import type { ClientsOf } from '../../../src/slack/platform/workspaces.ts'
import { hostileText } from '../../support/hostile.ts'
import fc from '../../support/properties.ts'
import { silent } from '../../support/silent.ts'
import { commands as anyCommand, catalog } from '../made-up.ts'

/** What Slack answers when it says no. */
const refusal = (error: string) =>
  Object.assign(new Error(error), { code: ErrorCode.PlatformError, data: { ok: false, error } })

/** Clients whose methods all do the same, and what they were called with. */
function slackThat(answer: (method: string, args: Record<string, unknown>) => unknown) {
  const calls: { method: string; args: Record<string, unknown> }[] = []
  const at = (path: string): unknown =>
    new Proxy(() => undefined, {
      get: (_, key) => (key === 'then' ? undefined : at(path ? `${path}.${String(key)}` : String(key))),
      apply: async (_, __, [args]: [Record<string, unknown>]) => {
        calls.push({ method: path, args })
        return answer(path, args)
      },
    })
  const clientsOf = (async () => ({ interactive: at(''), posting: at('') })) as unknown as ClientsOf
  return { calls, clientsOf }
}

describe('the addresses of answers', () => {
  const place = { channel: 'C1', ts: '1.2' }

  it('are asked for once and kept', async () => {
    const { calls, clientsOf } = slackThat(() => ({ ok: true, permalink: 'https://a.example/archives/C1/p12' }))
    const kept = new Keyv<unknown>()
    for (let i = 0; i < 3; i += 1)
      expect(await createPermalinks({ clientsOf, kept, logger: silent }).of('T1', place)).toContain('/p12')
    expect(calls).toHaveLength(1)
  })

  it('are left out where Slack does not offer them, which is asked once', async () => {
    const { calls, clientsOf } = slackThat(() => Promise.reject(refusal('unknown_method')))
    const permalinks = createPermalinks({ clientsOf, kept: new Keyv(), logger: silent })
    expect([await permalinks.of('T1', place), await permalinks.of('T1', { ...place, ts: '3.4' })]).toEqual([null, null])
    expect(calls).toHaveLength(1)
  })

  it('are left out when one message is gone, and asked for again for the next', async () => {
    const { calls, clientsOf } = slackThat(() => Promise.reject(refusal('message_not_found')))
    const permalinks = createPermalinks({ clientsOf, kept: new Keyv(), logger: silent })
    await permalinks.of('T1', place)
    await permalinks.of('T1', place)
    expect(calls).toHaveLength(2)
  })

  it('are never anything but an address of the web', async () => {
    for (const permalink of ['javascript:alert(1)', 'not one', '', undefined, 7]) {
      const { clientsOf } = slackThat(() => ({ ok: true, permalink }))
      expect(await createPermalinks({ clientsOf, kept: new Keyv(), logger: silent }).of('T1', place)).toBeNull()
    }
  })

  it('are not waited for longer than a reader would', async () => {
    const { clientsOf } = slackThat(() => new Promise(() => undefined))
    expect(await createPermalinks({ clientsOf, kept: new Keyv(), logger: silent }).of('T1', place)).toBeNull()
  })
})

describe('the suggested prompts', () => {
  it('are offered without a thread, and no more once a workspace said that it has none', async () => {
    const reasons = ['ratelimited', 'not_agent_app']
    const { calls, clientsOf } = slackThat(() => Promise.reject(refusal(reasons.shift() ?? 'never')))
    const prompts = createPrompts({ clientsOf, logger: silent })
    for (let i = 0; i < 4; i += 1) await prompts.offer('T1', 'D1')
    expect(calls).toHaveLength(2)
    for (const { args } of calls) expect(args).not.toHaveProperty('thread_ts')
    await prompts.offer('T2', 'D2')
    expect(calls).toHaveLength(3)
  })
})

describe('asking for a second operator', () => {
  const [sample = expect.fail()] = fc.sample(anyCommand, 1)
  const base: Command = {
    ...sample,
    id: 'cmd_1',
    code: 'E-05',
    command: 'REBOOT_COMM',
    device: 'HC5000-A-1042',
    team: 'T1',
    requestedBy: { user: 'U0ASKER001', team: 'T1' },
    approvedBy: null,
  }
  function scene(operators: readonly string[], answer: Parameters<typeof slackThat>[0]) {
    const { calls, clientsOf } = slackThat(answer)
    const kept = new Keyv<unknown>()
    const inFlight = createInFlight(silent)
    let now = base
    const open = () =>
      createApprovals({
        catalog,
        commands: { find: async () => now, historyOf: async () => new Map() },
        roles: {
          of: () => expect.fail(),
          peekOperator: () => expect.fail(),
          operators: async () => operators,
          admins: async () => [],
        },
        clientsOf,
        outbox: { on: () => undefined },
        kept,
        inFlight,
        logger: silent,
      })
    let approvals = open()
    return {
      calls: (method: string) => calls.filter((one) => one.method === method).map(({ args }) => args),
      /** Another instance, or this one after a restart. */
      restart: () => {
        approvals = open()
      },
      async move(state: CommandState, over: Partial<Command> = {}) {
        now = { ...base, ...over, state }
        approvals.follow(now)
        await inFlight.drain()
      },
    }
  }
  const fine = (method: string, args: Record<string, unknown>) =>
    method === 'conversations.open'
      ? { ok: true, channel: { id: `D${String(args.users).slice(1)}` } }
      : { ok: true, ts: `1.${String(args.channel)}` }

  it('reaches every other operator once, and none of the rest', async () => {
    const { calls, move } = scene(['U0ASKER001', 'U0OPER0001', 'U0OPER0002'], fine)
    await move('offered')
    expect(calls('conversations.open')).toEqual([])
    await move('awaiting_approval')
    await move('awaiting_approval')
    expect(calls('chat.postMessage').map(({ channel }) => channel)).toEqual(['D0OPER0001', 'D0OPER0002'])
  })

  it('is closed by whoever sees the decision, and the result goes to who made it', async () => {
    const { calls, move, restart } = scene(['U0OPER0001', 'U0OPER0002'], fine)
    await move('awaiting_approval')
    restart()
    const approved = { approvedBy: 'U0OPER0001' }
    await move('approved', approved)
    expect(calls('chat.update').map(({ channel }) => channel)).toEqual(['D0OPER0001', 'D0OPER0002'])
    for (const { blocks } of calls('chat.update')) expect(JSON.stringify(blocks)).not.toContain('"button"')
    await move('succeeded', approved)
    expect(calls('chat.update').slice(2)).toMatchObject([{ channel: 'D0OPER0001' }])
  })

  it('is closed at once when it was decided while they were being asked', async () => {
    const decided = scene(['U0OPER0001'], (method, args) => {
      if (method === 'chat.postMessage') void decided.move('cancelled')
      return fine(method, args)
    })
    await decided.move('awaiting_approval')
    expect(decided.calls('chat.update').length).toBeGreaterThan(0)
  })

  it('goes on when one of them cannot be reached', async () => {
    const { calls, move } = scene(['U0GONE0001', 'U0OPER0001'], (method, args) =>
      args.users === 'U0GONE0001' ? Promise.reject(refusal('user_disabled')) : fine(method, args),
    )
    await move('awaiting_approval')
    expect(calls('chat.postMessage').map(({ channel }) => channel)).toEqual(['D0OPER0001'])
    await move('expired')
    expect(calls('chat.update')).toHaveLength(1)
  })

  it('asks nobody about commands that need no second operator', async () => {
    const { calls, move } = scene(['U0OPER0001'], fine)
    await move('awaiting_approval', { command: 'CLEAN_TURB' })
    expect(calls('chat.postMessage')).toEqual([])
  })
})

describe('a message picked from its menu', () => {
  const body = (message: object) => ({
    type: 'message_action',
    user: { id: 'U1' },
    team: { id: 'T1' },
    channel: { id: 'C1' },
    message: { ts: '1.2', ...message },
  })

  it('is read with what other apps put into attachments', () => {
    const attachments = [{ title: 'Alarm', text: 'E-02 &amp; W-10' }, { fallback: 'HC5000-A-1138' }, 'odd']
    expect(parseMessageShortcut(body({ text: 'see', attachments: attachments.slice(0, 2) }))).toMatchObject({
      text: 'see\nAlarm\nE-02 & W-10\nHC5000-A-1138',
      threadTs: '1.2',
    })
    expect(parseMessageShortcut(body({ text: 'see', attachments }))?.text).toBe('see')
    expect(parseMessageShortcut(body({ thread_ts: '0.9' }))).toMatchObject({ text: '', threadTs: '0.9' })
  })

  it('is nothing when it is not one', () => {
    for (const odd of [
      null,
      {},
      'x',
      { ...body({}), user: {} },
      { ...body({}), message: {} },
      { ...body({}), channel: 1 },
    ])
      expect(parseMessageShortcut(odd)).toBeNull()
    fc.assert(
      fc.property(hostileText(), (text) => {
        expect(typeof parseMessageShortcut(body({ text, attachments: text, files: text }))?.text).toBe('string')
      }),
    )
  })
})

describe('work in turn', () => {
  it('runs one after the other for a key, all of it, whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ key: fc.constantFrom('a', 'b'), fails: fc.boolean() })), async (jobs) => {
        const inTurn = createKeyedQueue()
        const running = new Set<string>()
        const done: string[] = []
        const all = jobs.map(({ key, fails }, i) =>
          inTurn(key, async () => {
            expect(running.has(key)).toBe(false)
            running.add(key)
            await Promise.resolve()
            running.delete(key)
            done.push(`${key}${i}`)
            if (fails) throw new Error('no')
          }),
        )
        const ends = await Promise.allSettled(all)
        expect(ends.map(({ status }) => status)).toEqual(jobs.map(({ fails }) => (fails ? 'rejected' : 'fulfilled')))
        for (const key of ['a', 'b']) {
          const mine = jobs.flatMap((job, i) => (job.key === key ? [`${key}${i}`] : []))
          expect(done.filter((one) => one.startsWith(key))).toEqual(mine)
        }
      }),
      { numRuns: 50 },
    )
  })
})
