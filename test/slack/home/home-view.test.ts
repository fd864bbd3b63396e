import { describe, expect, it } from 'vitest'
import type { LiveModel } from '../../../src/diagnosis/model/live-models.ts'
import type { CanaryRow, ModelHistoryRow } from '../../../src/diagnosis/model/model-records.ts'
import { type Serving, STRATEGIES } from '../../../src/diagnosis/strategies.ts'
import type { CorrectionRow } from '../../../src/feedback/corrections/correction-row.ts'
import type { CodeVotes } from '../../../src/feedback/review/overview-records.ts'
import type { ReviewFigures } from '../../../src/feedback/review/stats.ts'
import type { ArmFigures } from '../../../src/feedback/votes/canary-votes.ts'
import type { Page } from '../../../src/lib/paging.ts'
import { approvalMessage } from '../../../src/slack/blocks/approval.ts'
import { ACTION } from '../../../src/slack/blocks/ids.ts'
import type { ModelsShown } from '../../../src/slack/blocks/models.ts'
import { modelBlocks, modelChangeBlocks } from '../../../src/slack/blocks/models.ts'
import { SHARED_WORDS } from '../../../src/slack/blocks/words.ts'
import type { AdminShown } from '../../../src/slack/home/admin-section.ts'
import {
  type HomeShown,
  homeView,
  type MemberShown,
  ORDER_PAGE_SIZE,
  QUEUE_PAGE_SIZE,
} from '../../../src/slack/home/home-view.ts'
import { LIST_PAGE_SIZE, type QuestionShown } from '../../../src/slack/home/lists.ts'
import { FIRST_PAGES, HOME_LISTS, type HomeList, type HomePages, readPages } from '../../../src/slack/home/pages.ts'
import { WORDS } from '../../../src/slack/home/words.ts'
import { askView } from '../../../src/slack/questions/ask-view.ts'
import { longText } from '../../support/hostile.ts'
import fc from '../../support/properties.ts'
import { NOON } from '../../support/rows.ts'
import {
  faultsOfMessage,
  faultsOfView,
  foreignTokens,
  liveLinks,
  stringsIn,
  textsOf,
} from '../../support/slack-limits.ts'
import { catalog, commands, corrections, workOrders } from '../made-up.ts'

const READER = 'U0REVW0001'
const LINK = 'https://hydrocore.slack.example/archives/C1/p1764000000000100?thread_ts=1.2&cid=C1'

/** As long as places in lists get. */
const STEP = '12.1764000000000.cor_01kb000000000000abcd'

const rowsOf = <T>(row: fc.Arbitrary<T>, most = LIST_PAGE_SIZE): fc.Arbitrary<Page<T>> =>
  fc.record({ rows: fc.array(row, { maxLength: most }), next: fc.option(fc.constant(STEP)) })

const asked: fc.Arbitrary<QuestionShown> = fc.record({
  id: fc.constant('q_01kb000000000000abcd'),
  text: longText,
  state: fc.constantFrom('claimed', 'answered', 'abandoned'),
  created_at: fc.constant(NOON),
  channel: fc.constant('C1'),
  message_ts: fc.constant('1764000000.000100'),
  device: fc.option(longText),
  code: fc.option(longText),
  problem: fc.option(longText),
  verdict: fc.constantFrom('grounded', 'unknown_code', null),
  link: fc.option(fc.constantFrom(LINK, 'https://a.example/x<!channel>|y?q=<@U1>&b=2#|<x>')),
})
const claimedCorrections: fc.Arbitrary<CorrectionRow> = fc
  .tuple(corrections, fc.constantFrom(null, READER, 'U0OTHER001', 'terminal:ruth`<!here>'))
  .map(([row, lease_owner]) => ({ ...row, lease_owner, lease_until: lease_owner ? NOON + 60_000 : null }))
const models: fc.Arbitrary<LiveModel> = fc.record({
  alias: fc.constantFrom('assistant', 'classifier'),
  model: longText,
  moved: fc.option(
    fc.record({
      by: fc.oneof(fc.constant('U0ADMN0001'), longText),
      at: fc.constant(NOON),
      reason: longText,
      previous: fc.option(longText),
    }),
  ),
})
const votes: fc.Arbitrary<CodeVotes[]> = fc.array(
  fc.record({ code: fc.oneof(fc.constantFrom('E-01', 'E-02'), longText), up: fc.nat(9_999), down: fc.nat(9_999) }),
  { maxLength: 40 },
)
const servings: fc.Arbitrary<Serving> = fc.record({
  model: longText,
  strategy: fc.constantFrom(...STRATEGIES),
  trial: fc.constant(null),
})
const canary: CanaryRow = {
  ...{ id: 'can_01kb000000000000abcd', alias: 'assistant', model: 'ft:new', live_model: 'ft:old', share: 10 },
  ...{ started_by: 'U0ADMN0001', started_at: NOON, ends_at: NOON + 1, running_alias: 'assistant', outcome: null },
  ...{ ended_at: null, figures: null },
}

const move: ModelHistoryRow = {
  ...{ id: 'mov_1', alias: 'assistant', kind: 'promoted', model: 'ft:new', previous_model: null, changed_by: 'anna' },
  ...{ changed_at: NOON, evaluation_id: null, is_override: 0, reason: 'better' },
}

const arm: ArmFigures = { answers: 9, asked: 8, failed: 1, contradicted: 1, unreadable: 1, up: 3, down: 2 }
const modelsShown: fc.Arbitrary<ModelsShown> = fc.record({
  models: fc.array(models, { minLength: 1, maxLength: 2 }),
  serving: servings,
  trial: fc.option(
    fc.record({
      canary: longText.map((model) => ({ ...canary, model, started_by: model })),
      arms: fc.constant({ live: arm, canary: arm }),
      unsafe: fc.constant({ live: 0, canary: 1 }),
    }),
  ),
  history: fc.array(
    fc
      .record({
        model: longText,
        changed_by: longText,
        alias: longText,
        kind: fc.constantFrom('promoted', 'rolled_back', 'canary_started', 'canary_ended', 'canary_fell_back'),
      })
      .map((over) => ({ ...move, ...over })),
    { maxLength: 5 },
  ),
  retiring: fc.array(
    fc.record({
      model: longText,
      roles: fc.array(longText, { maxLength: 3 }),
      retiresOn: longText,
      daysLeft: fc.integer(),
    }),
    { maxLength: 6 },
  ),
})
const figures = fc.record({
  answers: fc.nat(1_000_000),
  bySource: fc.constant({ model: 3, cache: 2, fallback_model: 1, catalog: 1, none: 1 }),
  p50: fc.option(fc.nat(60_000)),
  p95: fc.option(fc.nat(60_000)),
})
const admin: fc.Arbitrary<AdminShown> = fc.record({
  models: modelsShown,
  figures,
  votes: fc.record({ now: votes, before: votes }),
  deliveries: fc.option(fc.record({ waiting: fc.nat(), fault: fc.option(longText) })),
  health: fc.record({
    gateway: fc.constantFrom('connected', 'connecting', 'offline', 'closed'),
    streams: fc.boolean(),
    database: fc.constantFrom('SQLite', 'PostgreSQL'),
    roles: fc.record({ operators: fc.boolean(), reviewers: fc.boolean(), admins: fc.boolean() }),
  }),
})
const spread = fc.option(fc.record({ medianMs: fc.nat(), p90Ms: fc.nat() }))
const queueFigures: fc.Arbitrary<ReviewFigures> = fc.record({
  waiting: fc.nat(),
  awaitSecond: fc.nat(),
  oldestMs: fc.option(fc.nat()),
  decided: fc.nat(),
  took: spread,
  reviewers: fc.array(
    fc.record({
      reviewer: fc.oneof(fc.constant(READER), longText),
      approved: fc.nat(),
      rejected: fc.nat(),
      merged: fc.nat(),
      took: spread,
    }),
    { maxLength: 9 },
  ),
})
const members: fc.Arbitrary<MemberShown> = fc.record({
  approvals: fc.option(rowsOf(commands)),
  queue: fc.option(
    fc.record({
      waiting: fc.nat(),
      conflicts: fc.constant(new Map()),
      own: fc.constant(new Set<string>()),
      figures: queueFigures,
      page: fc.record({
        corrections: fc.array(claimedCorrections, { maxLength: QUEUE_PAGE_SIZE }),
        next: fc.option(fc.constant(STEP)),
      }),
    }),
  ),
  orders: rowsOf(workOrders, ORDER_PAGE_SIZE),
  commands: rowsOf(commands),
  history: fc.constant(new Map()),
  asked: rowsOf(asked),
  corrections: rowsOf(claimedCorrections),
  admin: fc.option(admin),
  serving: servings,
})
const deep = Array.from({ length: 7 }, () => STEP)
const fullPages: HomePages = Object.fromEntries(HOME_LISTS.map((list) => [list, deep])) as Record<HomeList, string[]>
const shown: fc.Arbitrary<HomeShown> = fc.record({
  reader: fc.constant({ user: READER, now: NOON }),
  notice: fc.option(longText.filter((text) => text.trim() !== '')),
  pages: fc.constantFrom(FIRST_PAGES, fullPages),
  member: fc.option(members, { freq: 20 }),
})

/** The addresses of our own answers, told by Slack itself, are the only links. */
const withoutOurLinks = (view: unknown) =>
  JSON.parse(JSON.stringify(view).replaceAll(/<https:[^<>|]*\|Open>/g, 'Open')) as object

describe('the Home tab', () => {
  it('is one Slack takes, and nothing foreign in it means anything to Slack', () => {
    fc.assert(
      fc.property(shown, (one) => {
        const view = homeView(one, catalog)
        expect(faultsOfView(view)).toEqual([])
        const plain = withoutOurLinks(view)
        expect(foreignTokens(plain)).toEqual([])
        expect(liveLinks(plain)).toEqual([])
      }),
      { numRuns: 50 },
    )
  })

  it('stays below the limits when every list is full and every text is long', () => {
    const wide = '🔧 <!channel> &'.repeat(3_000)
    const [correction = expect.fail()] = fc.sample(claimedCorrections, 1)
    const [command = expect.fail()] = fc.sample(commands, 1)
    const [question = expect.fail()] = fc.sample(asked, 1)
    const [live = expect.fail()] = fc.sample(models, 1)
    const [order = expect.fail()] = fc.sample(workOrders, 1)
    const row = { ...correction, question: wide, problem: wide, action: wide, fallback: wide, note: wide }
    const long = { ...row, original_text: wide, review_note: wide, reason: wide, status: 'rejected' }
    const waiting = { ...command, state: 'awaiting_approval' as const, deviceMessage: wide }
    const five = <T>(value: T) => ({ rows: Array.from({ length: LIST_PAGE_SIZE }, () => value), next: STEP })
    const member: MemberShown = {
      approvals: five(waiting),
      queue: {
        conflicts: new Map(),
        own: new Set<string>(),
        figures: fc.sample(queueFigures, 1)[0] ?? expect.fail(),
        waiting: 9,
        page: { corrections: Array.from({ length: QUEUE_PAGE_SIZE }, () => long), next: STEP },
      },
      orders: { rows: Array.from({ length: ORDER_PAGE_SIZE }, () => ({ ...order, note: wide })), next: STEP },
      commands: five(waiting),
      history: new Map(),
      asked: five({ ...question, text: wide, problem: wide, link: LINK }),
      corrections: five(long),
      admin: {
        models: {
          serving: { model: wide, strategy: 'grounded', trial: null },
          models: [live, { ...live, moved: { by: wide, at: NOON, reason: wide, previous: wide } }],
          trial: {
            canary: { ...canary, model: wide, started_by: wide },
            arms: { live: arm, canary: arm },
            unsafe: { live: 0, canary: 1 },
          },
          history: Array.from({ length: 5 }, () => ({ ...move, model: wide, changed_by: wide, alias: wide })),
          retiring: Array.from({ length: 9 }, () => ({
            model: wide,
            roles: [wide, wide],
            retiresOn: wide,
            daysLeft: 1,
          })),
        },
        figures: { answers: 10, bySource: { cache: 3 }, p50: 400, p95: 4_000 },
        votes: { now: Array.from({ length: 30 }, (_, i) => ({ code: `E-${i}`, up: i, down: 1 })), before: [] },
        deliveries: { waiting: 3, fault: wide },
        health: {
          gateway: 'offline',
          streams: false,
          database: 'SQLite',
          roles: { operators: false, reviewers: false, admins: false },
        },
      },
      serving: { model: wide, strategy: 'grounded', trial: null },
    }
    const view = homeView({ reader: { user: READER, now: NOON }, notice: wide, pages: fullPages, member }, catalog)
    expect(faultsOfView(view)).toEqual([])
    expect(readPages(view.private_metadata ?? '')).toEqual(fullPages)
  })

  it('shows guests how to ask, and nothing else', () => {
    const view = homeView(
      { reader: { user: 'U0GUEST001', now: NOON }, notice: null, pages: FIRST_PAGES, member: null },
      catalog,
    )
    expect(stringsIn(view)).not.toContain('button')
    expect(textsOf(view.blocks).join('\n')).toContain(WORDS.homeForGuests)
  })
})

describe('the review queue in Home', () => {
  const queueOf = (over: Partial<CorrectionRow>) => {
    const [row = expect.fail()] = fc.sample(corrections, 1)
    const free = { lease_owner: null, lease_until: null, first_approver: null }
    const shownRow = { ...row, ...free, author: 'U0TECH0001', consent: 'yes', ...over }
    const page = { corrections: [shownRow], next: null }
    const member = {
      ...nobody,
      queue: {
        conflicts: new Map(),
        own: new Set<string>(),
        figures: fc.sample(queueFigures, 1)[0] ?? expect.fail(),
        waiting: 1,
        page,
      },
    }
    return homeView({ reader: { user: READER, now: NOON }, notice: null, pages: FIRST_PAGES, member }, catalog)
  }
  const hasButtons = (view: object) => stringsIn(view).includes(ACTION.approve)

  it('offers a decision on what is free, or claimed by the reader, or was claimed too long ago', () => {
    expect(hasButtons(queueOf({}))).toBe(true)
    expect(hasButtons(queueOf({ lease_owner: READER, lease_until: NOON + 1 }))).toBe(true)
    expect(hasButtons(queueOf({ lease_owner: 'U0OTHER001', lease_until: NOON }))).toBe(true)
  })

  it('says who reviews what is claimed, and that nobody reviews their own', () => {
    const taken = queueOf({ lease_owner: 'U0OTHER001', lease_until: NOON + 1 })
    expect(hasButtons(taken)).toBe(false)
    expect(textsOf(taken.blocks).join('\n')).toContain('<@U0OTHER001> is reviewing this.')
    const own = queueOf({ author: READER })
    expect(hasButtons(own)).toBe(false)
    expect(textsOf(own.blocks)).toContain(SHARED_WORDS.ownCorrection)
  })
})

describe('what an administrator sees', () => {
  const textOf = (over: Partial<AdminShown>) => {
    const member = { ...nobody, admin: { ...quiet, ...over } }
    const view = homeView({ reader: { user: READER, now: NOON }, notice: null, pages: FIRST_PAGES, member }, catalog)
    return textsOf(view.blocks).join('\n')
  }

  it('tells shares and times of the answers, and that there are none', () => {
    const text = textOf({
      figures: {
        answers: 200,
        bySource: { model: 150, cache: 40, fallback_model: 6, catalog: 4 },
        p50: 80,
        p95: 2_340,
      },
    })
    expect(text).toContain('*200* answers · half within *80 ms*, 95 % within *2.3 s*')
    expect(text).toContain('From the cache: *20 %*')
    expect(text).toContain(
      'Without the active model: *5 %* (the model behind it 3 %, the catalog alone 2 %, no answer 0 %)',
    )
    expect(textOf({})).toContain(WORDS.noAnswersYet)
  })

  it('tells the votes in words, with what they were before, and draws the same as bars', () => {
    const text = textOf({
      votes: {
        now: [
          { code: 'E-01', up: 3, down: 1 },
          { code: 'E-02', up: 9, down: 1 },
        ],
        before: [{ code: 'E-02', up: 1, down: 1 }],
      },
    })
    expect(text).toContain(
      '*E-02*: 9 right, 1 wrong (90 % right, before that 50 %)\n*E-01*: 3 right, 1 wrong (75 % right)',
    )
    expect(text).toContain('E-02   █████████░ 9/10')
    expect(textOf({})).toContain(WORDS.noVotesYet)
  })

  it('warns of what is not there', () => {
    const text = textOf({
      health: {
        ...quiet.health,
        gateway: 'offline',
        streams: false,
        roles: { operators: false, reviewers: true, admins: true },
      },
    })
    expect(text).toContain('⚠️ Device gateway: not connected')
    expect(text).toContain('⚠️ Slack streaming')
    expect(text).toContain('⚠️ Roles: nobody is named in OPERATORS')
    expect(textOf({})).not.toContain('⚠️')
  })
})

describe('other messages around Home', () => {
  it('are taken by Slack, whatever they tell of', () => {
    fc.assert(
      fc.property(commands, modelsShown, (command, shown) => {
        fc.pre(command.state !== 'offered')
        const moves = shown.models.map((live) => ({
          text: 'move',
          blocks: modelChangeBlocks(moveTo(live), live, weighed),
        }))
        const models = { text: 'models', blocks: modelBlocks(shown) }
        for (const message of [approvalMessage(command, catalog), models, ...moves]) {
          expect(faultsOfMessage(message)).toEqual([])
          expect(foreignTokens(message)).toEqual([])
        }
      }),
      { numRuns: 100 },
    )
    expect(faultsOfView(askView())).toEqual([])
  })

  it('ask for approval only while that is wanted', () => {
    const [command = expect.fail()] = fc.sample(commands, 1)
    const ids = (state: typeof command.state) => stringsIn(approvalMessage({ ...command, state }, catalog))
    expect(ids('awaiting_approval')).toContain(ACTION.approveCommand)
    for (const state of ['approved', 'denied', 'cancelled', 'expired', 'succeeded'] as const)
      expect(ids(state)).not.toContain(ACTION.approveCommand)
  })
})

const moveTo = ({ alias }: LiveModel) => ({ alias, model: 'ft:new', evaluation: 'eval_1', from: 'assistant:abc' })
const weighed = { headline: '<!here> `x`', warnings: ['<!channel> *x*'] }
const nothing = { rows: [], next: null }
const nobody: MemberShown = {
  approvals: null,
  queue: null,
  orders: nothing,
  commands: nothing,
  history: new Map(),
  asked: nothing,
  corrections: nothing,
  admin: null,
  serving: { model: 'ft:one', strategy: 'fine-tuned', trial: null },
}

const quiet: AdminShown = {
  models: {
    models: [],
    serving: { model: 'ft:one', strategy: 'fine-tuned', trial: null },
    trial: null,
    history: [],
    retiring: [],
  },
  figures: { answers: 0, bySource: {}, p50: null, p95: null },
  votes: { now: [], before: [] },
  deliveries: null,
  health: {
    gateway: 'connected',
    streams: true,
    database: 'SQLite',
    roles: { operators: true, reviewers: true, admins: true },
  },
}
