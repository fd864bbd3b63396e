import type { ModalView } from '@slack/types'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createInFlight } from '../../../src/lib/background.ts'
import { rollBackValue, VIEW } from '../../../src/slack/blocks/ids.ts'
import { SHARED_WORDS } from '../../../src/slack/blocks/words.ts'
import type { Homes } from '../../../src/slack/home/homes.ts'
import {
  type HomeListenerDeps,
  onHomeApproveCommand,
  onHomeDenyCommand,
  onHomePage,
  onWithdrawCommand,
  onWithdrawCorrection,
} from '../../../src/slack/home/listeners.ts'
import { type ModelListenerDeps, onRollBack } from '../../../src/slack/models/listeners.ts'
import { WORDS } from '../../../src/slack/models/words.ts'
import type { Rights } from '../../../src/slack/platform/roles.ts'
import type { ClientsOf } from '../../../src/slack/platform/workspaces.ts'
import {
  onApproveCorrection,
  onRejectClosed,
  onRejectCorrection,
  onRejectSent,
  type QueueListenerDeps,
} from '../../../src/slack/reviews/queue-listeners.ts'
import { onCatalogWrong, onEditCorrection, onReviewClosed } from '../../../src/slack/reviews/review-listeners.ts'
import { DATABASES, type TestDatabase } from '../../support/databases.ts'
import { correctionRow, NOON } from '../../support/rows.ts'
import { silent } from '../../support/silent.ts'

const NOBODY: Rights = { mayOperate: false, mayReview: false, isAdmin: false, isExternal: false }

/** Roles are looked up by the server; whatever the payload says of a person counts for nothing. */
const RIGHTS: Readonly<Record<string, Rights>> = {
  U0OPER0001: { ...NOBODY, mayOperate: true },
  U0REVW0001: { ...NOBODY, mayReview: true },
  U0ADMN0001: { ...NOBODY, isAdmin: true },
  U0GUEST001: { ...NOBODY, isExternal: true },
}

type Listener = (args: never) => Promise<void>

/** Everybody may press everything: every press is decided again on the server, whatever its payload says. */
describe('a press in Home or in a form', () => {
  let database: TestDatabase
  const inFlight = createInFlight(silent)
  const published: { user: string; notice: unknown }[] = []
  /** What stood in the windows that opened, once they were filled. */
  const windows: ModalView[] = []
  const decisions: { what: string; id: string; person: unknown }[] = []
  const rolledBack: unknown[] = []
  const acks: unknown[] = []

  const homes: Homes = {
    publish: async ({ user }, shown) => void published.push({ user, notice: shown?.notice }),
    follow: () => undefined,
  }
  const roles = { of: async ({ user }: { user: string }) => RIGHTS[user] ?? NOBODY, operators: async () => [] }
  const clientsOf = (async () => ({
    interactive: {
      views: {
        open: async () => undefined,
        update: async ({ view }: { view: ModalView }) => void windows.push(view),
      },
      conversations: { open: async () => ({ channel: { id: 'D1' } }) },
    },
    posting: { chat: { postMessage: async () => ({ ok: true }) } },
  })) as unknown as ClientsOf
  const decide = (what: string) => async (id: string, person: unknown) => {
    decisions.push({ what, id, person })
    return { kind: 'refused', command: null, refusal: { code: 'no_such_command', remedy: `no ${what}` } }
  }
  const parts = () =>
    ({
      homes,
      roles,
      clientsOf,
      store: database.store,
      inFlight,
      outbox: { wake: () => undefined },
      drafts: {
        save: async () => undefined,
        load: async () => null,
        discard: async () => undefined,
        submitted: async () => undefined,
      },
      prompts: { offer: async () => undefined },
      commands: { approve: decide('approve'), deny: decide('deny'), cancel: decide('cancel') },
      catalog: null,
      serving: async () => ({ model: 'base', strategy: 'fine-tuned', trial: null }),
      configuredModels: { assistant: 'base', classifier: 'base' },
      rollBack: async (request: unknown) => {
        rolledBack.push(request)
        return { model: 'before' }
      },
      logger: silent,
      now: () => NOON,
    }) as unknown as HomeListenerDeps & ModelListenerDeps & QueueListenerDeps

  const press = async (listener: Listener, user: string, value: string) => {
    const body = {
      type: 'block_actions',
      user: { id: user, team_id: 'T1', is_admin: true },
      team: { id: 'T1' },
      trigger_id: 'trigger',
      view: { id: 'V1', hash: 'h', private_metadata: '{"isAdmin":true}', app_installed_team_id: 'T1' },
      actions: [{ action_id: 'any', value, action_ts: '1764000000.000100' }],
    }
    await listener({ body, ack: async () => undefined, respond: async () => undefined } as never)
    await inFlight.drain()
  }
  const send = async (listener: Listener, user: string, metadata: string, reason = 'no') => {
    const body = {
      type: 'view_submission',
      user: { id: user, team_id: 'T1' },
      team: { id: 'T1' },
      view: { id: 'V1', private_metadata: metadata, state: { values: { reason: { reason: { value: reason } } } } },
    }
    await listener({ body, ack: async (answer: unknown) => void acks.push(answer) } as never)
  }
  /** A window that says why, and from which nothing can be sent. */
  const refusedWith = (words: string) =>
    expect.toSatisfy((view: ModalView) => !view.submit && JSON.stringify(view.blocks).includes(words))
  const statusOf = async (id: string) =>
    (await database.store.selectFrom('corrections').selectAll().where('id', '=', id).executeTakeFirstOrThrow()).status
  const addCorrection = async (author = 'U0TECH0001', over: Parameters<typeof correctionRow>[0] = {}) => {
    const row = correctionRow({ author, author_team: 'T1', dedup_key: null, ...over })
    await database.store.insertInto('corrections').values(row).execute()
    return row.id
  }

  beforeAll(async () => {
    const [sqlite] = DATABASES
    database = (await sqlite?.create()) ?? expect.fail()
  })
  afterAll(() => database[Symbol.asyncDispose]())

  it('hands a decision about a command on with the rights the server knows of', async () => {
    for (const user of ['U0OPER0001', 'U0GUEST001', 'U0TECH0001']) {
      await press(onHomeApproveCommand(parts()), user, 'cmd_1')
      await press(onHomeDenyCommand(parts()), user, 'cmd_1')
      await press(onWithdrawCommand(parts()), user, 'cmd_1')
      const person = { user, team: 'T1', ...(RIGHTS[user] ?? NOBODY) }
      expect(decisions.splice(0)).toEqual(['approve', 'deny', 'cancel'].map((what) => ({ what, id: 'cmd_1', person })))
    }
    expect(
      published
        .splice(0)
        .map(({ notice }) => notice)
        .slice(0, 3),
    ).toEqual(['no approve', 'no deny', 'no cancel'])
  })

  it('lets nobody but reviewers decide about a correction', async () => {
    const id = await addCorrection()
    for (const user of ['U0TECH0001', 'U0OPER0001', 'U0ADMN0001', 'U0GUEST001']) {
      await press(onApproveCorrection(parts()), user, id)
      await press(onRejectCorrection(parts()), user, id)
      await press(onEditCorrection(parts()), user, id)
      await press(onCatalogWrong(parts()), user, id)
      await send(onRejectSent(parts()), user, id)
      await send(onRejectClosed(parts()), user, id)
      await send(onReviewClosed(parts()), user, id)
    }
    expect(await statusOf(id)).toBe('proposed')
    for (const view of windows.splice(0)) expect(view).toEqual(refusedWith(SHARED_WORDS.notReviewer))
    expect(new Set(published.splice(0).map(({ notice }) => notice))).toEqual(new Set([SHARED_WORDS.notReviewer]))
    expect(acks.splice(0)).toContainEqual({ response_action: 'errors', errors: { reason: SHARED_WORDS.notReviewer } })
  })

  it('lets no reviewer decide about their own, nor about what another one holds', async () => {
    const own = await addCorrection('U0REVW0001')
    await press(onApproveCorrection(parts()), 'U0REVW0001', own)
    expect(await statusOf(own)).toBe('proposed')
    const taken = await addCorrection()
    await database.store
      .updateTable('corrections')
      .set({ status: 'claimed', lease_owner: 'U0OTHER001', lease_until: NOON + 1 })
      .where('id', '=', taken)
      .execute()
    await press(onRejectCorrection(parts()), 'U0REVW0001', taken)
    await send(onRejectSent(parts()), 'U0REVW0001', taken)
    await send(onRejectClosed(parts()), 'U0REVW0001', taken)
    expect(await statusOf(taken)).toBe('claimed')
    expect(windows.splice(0)).toEqual([refusedWith('Somebody else is reviewing')])
    expect(JSON.stringify(acks.splice(0))).toContain('Somebody else is reviewing')
    published.length = 0
  })

  it('lets a reviewer reject with a reason, which is checked at its field', async () => {
    const id = await addCorrection()
    await press(onRejectCorrection(parts()), 'U0REVW0001', id)
    expect(windows.splice(0)).toMatchObject([{ callback_id: VIEW.reject, private_metadata: id }])
    await send(onRejectSent(parts()), 'U0REVW0001', id, '   ')
    expect(JSON.stringify(acks.splice(0))).toContain('why it is rejected')
    expect(await statusOf(id)).toBe('claimed')
    await send(onRejectSent(parts()), 'U0REVW0001', id, 'Not so')
    expect(await statusOf(id)).toBe('rejected')
    published.length = 0
  })

  it('lets only its author withdraw a correction', async () => {
    const id = await addCorrection()
    for (const user of ['U0REVW0001', 'U0ADMN0001', 'U0GUEST001']) await press(onWithdrawCorrection(parts()), user, id)
    await press(onWithdrawCorrection(parts()), 'U0TECH0001', "cor_' or 1=1 --")
    expect(await statusOf(id)).toBe('proposed')
    await press(onWithdrawCorrection(parts()), 'U0TECH0001', id)
    expect(await statusOf(id)).toBe('withdrawn')
    expect(published.splice(0).at(-1)?.notice).toContain('Nobody learns from it')
  })

  it('tells who withdraws an approved correction which exports hold it, log lines like answers', async () => {
    const { store } = database
    for (const kind of ['answer', 'log'] as const) {
      const id = await addCorrection('U0TECH0001', { status: 'approved', kind })
      const made = { format: 'openai-sft', created_by: 'U', created_at: NOON, rows: 1, sha256: 'x' }
      for (const exported of [`exp_${kind}1`, `exp_${kind}2`]) {
        await store
          .insertInto('exports')
          .values({ ...made, id: exported, kind })
          .execute()
        await store.insertInto('export_rows').values({ export_id: exported, position: 1, correction_id: id }).execute()
      }
      await press(onWithdrawCorrection(parts()), 'U0TECH0001', id)
      expect(await statusOf(id)).toBe('withdrawn')
      expect(published.splice(0).at(-1)?.notice).toContain(`made before (exp_${kind}1 and exp_${kind}2)`)
    }
  })

  it('lets who proposed the same take back their part alone', async () => {
    const { store } = database
    const id = await addCorrection('U0TECH0001', { weight: 2 })
    const supporter = { supporter: 'U0REVW0001', supporter_team: 'T1', answer_id: 'ans_1', at: NOON }
    await store
      .insertInto('correction_supporters')
      .values({ ...supporter, correction_id: id })
      .execute()
    await press(onWithdrawCorrection(parts()), 'U0REVW0001', id)
    expect(published.splice(0).at(-1)?.notice).toMatch(/it stays for them, and weighs less/)
    expect(await statusOf(id)).toBe('proposed')
    const { weight } = await store
      .selectFrom('corrections')
      .select('weight')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    expect(weight).toBe(1)
  })

  it('lets only administrators roll a model back, and only the one they saw', async () => {
    const { store } = database
    const alias = {
      alias: 'assistant',
      model: 'ft:2',
      previous_model: 'ft:1',
      changed_by: 'x',
      reason: 'x',
      changed_at: 1,
    }
    await store.insertInto('aliases').values(alias).execute()
    const value = rollBackValue(alias)
    for (const user of ['U0TECH0001', 'U0REVW0001', 'U0OPER0001', 'U0GUEST001'])
      await press(onRollBack(parts()), user, value)
    expect(new Set(published.splice(0).map(({ notice }) => notice))).toEqual(new Set([SHARED_WORDS.notAdmin]))
    for (const stale of [rollBackValue({ ...alias, model: 'ft:1' }), 'assistant:', 'assistant', '', '<!channel>'])
      await press(onRollBack(parts()), 'U0ADMN0001', stale)
    expect(new Set(published.splice(0).map(({ notice }) => notice))).toEqual(new Set([WORDS.modelMovedAlready]))
    expect(rolledBack).toEqual([])
    await press(onRollBack(parts()), 'U0ADMN0001', value)
    expect(rolledBack).toEqual([{ alias: 'assistant', from: 'ft:2', by: 'U0ADMN0001' }])
    published.length = 0
  })

  it('shows only the presser’s own Home, whatever page was asked for', async () => {
    await press(onHomePage(parts()), 'U0GUEST001', 'next:queue:1.cor_1')
    expect(published.splice(0)).toEqual([{ user: 'U0GUEST001', notice: undefined }])
  })

  it('drops what nobody could have pressed', async () => {
    const bodies = [
      null,
      {},
      { user: { id: 'U1' } },
      { user: { id: 'U1' }, actions: [] },
      { actions: [{ action_id: 'x' }] },
    ]
    for (const body of bodies)
      for (const listener of [onHomePage, onHomeApproveCommand, onWithdrawCorrection, onApproveCorrection, onRollBack])
        await listener(parts())({ body, ack: async () => undefined } as never)
    for (const body of bodies) await onRejectSent(parts())({ body, ack: async () => undefined } as never)
    await inFlight.drain()
    expect(published).toEqual([])
  })
})
