import { describe, expect, it } from 'vitest'
import type { Alert } from '../../../src/commands/alerts/alert.ts'
import type { Command } from '../../../src/commands/command.ts'
import { COMMAND_STATES } from '../../../src/commands/state-machine.ts'
import type { WorkOrder } from '../../../src/commands/work-orders/order-records.ts'
import { alertBlocks } from '../../../src/slack/blocks/alert.ts'
import { answerMessage } from '../../../src/slack/blocks/answer.ts'
import { ACTION, readWorkValue, workValue } from '../../../src/slack/blocks/ids.ts'
import { scheduleWork, trackRecord } from '../../../src/slack/blocks/words.ts'
import { orderMessage } from '../../../src/slack/blocks/work-order.ts'
import { workOrderView } from '../../../src/slack/work-orders/form.ts'
import { catalog, DEVICE } from '../../commands/setup.ts'
import { hostileText, longText } from '../../support/hostile.ts'
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
import { answers, commands as anyCommand, workOrders as orders } from '../made-up.ts'

/** Slack takes it, and nothing foreign in it means anything to Slack. */
function expectSound(view: { text?: string; blocks: readonly unknown[] }, faults: readonly string[]): void {
  expect(faults).toEqual([])
  expect(foreignTokens(view)).toEqual([])
  expect(liveLinks(view)).toEqual([])
}

const day = new Date(NOON)
const alerts: fc.Arbitrary<Alert> = fc.record({
  id: fc.constant('alert_01kb'),
  device: fc.constant(DEVICE),
  code: fc.oneof(fc.constantFrom('E-02', 'E-99'), longText.filter(Boolean)),
  state: fc.constantFrom('raised', 'cleared', 'closed'),
  occurrences: fc.integer({ min: 1, max: 1e6 }),
  reopens: fc.nat(5),
  values: fc.dictionary(hostileText(5), fc.oneof(longText, fc.double(), fc.constant(null)), { maxKeys: 20 }),
  raisedAt: fc.constant(day),
  lastRaisedAt: fc.constant(day),
  clearedAt: fc.option(fc.constant(new Date(NOON + 180_000))),
  answerId: fc.constant('ans_01kb000000000000abcd'),
  channel: fc.constant(null),
  messageTs: fc.constant(null),
  shownAt: fc.constant(null),
  isRecoveryAnnounced: fc.boolean(),
})

describe('an answer with all that came of it', () => {
  it('is a message Slack takes, whatever devices and people said, and keeps its thumbs where there is something to judge', () => {
    const record = { code: 'E-02', command: 'CLEAN_TURB', uses: 46, cleared: 41, days: 90 }
    const shown = fc.record({
      answer: answers,
      commands: fc.array(anyCommand, { maxLength: 12 }),
      devices: fc.constant([]),
      alert: fc.option(alerts),
      orders: fc.array(orders, { maxLength: 8 }),
      records: fc.constantFrom([], [record]),
    })
    fc.assert(
      fc.property(shown, (one) => {
        const message = answerMessage(one, catalog)
        expectSound(message, faultsOfMessage(message))
        const isAnswered = one.answer.findings.some(({ code, problem }) => code !== null || problem !== null)
        expect(message.blocks.filter(({ type }) => type === 'context_actions')).toHaveLength(isAnswered ? 1 : 0)
      }),
      { numRuns: 60 },
    )
  })

  const [plain = expect.fail()] = fc.sample(
    answers
      .filter(({ findings }) => findings.length > 0)
      .map((answer) => ({
        ...answer,
        device: DEVICE,
        open_devices: null,
        findings: answer.findings.slice(0, 1).map((finding) => ({
          ...finding,
          ...{
            code: 'E-02',
            verdict: 'grounded' as const,
            problem: 'Occlusion',
            action: 'Clean it',
            command: 'CLEAN_TURB',
            step: 0,
            devices: JSON.stringify([DEVICE]),
          },
        })),
      })),
    1,
  )
  const command: Command = {
    id: 'cmd_01kb000000000000abcd',
    answerId: 'ans_01kb000000000000abcd',
    code: 'E-02',
    command: 'CLEAN_TURB',
    device: DEVICE,
    state: 'failed',
    team: 'T1',
    channel: 'C1',
    messageTs: '1.1',
    requestedBy: { user: 'U0TECH0001', team: 'T1' },
    approvedBy: null,
    offeredAt: day,
    requestedAt: day,
    sentAt: day,
    deadlineAt: null,
    settledAt: day,
    deviceMessage: 'The wiper is stuck',
    checkedBy: null,
  }
  const actionsFor = (commands: readonly Command[], over: { orders?: readonly WorkOrder[] } = {}) => {
    const { blocks } = answerMessage({ answer: plain, commands, devices: [], ...over }, catalog)
    const offered = Object.entries(ACTION).filter(([, id]) => stringsIn(blocks).includes(id))
    return offered.map(([name]) => name).filter((name) => name !== 'vote')
  }

  it.each(COMMAND_STATES)('offers what can be done about a command that is %s', (state) => {
    const steps: Readonly<Record<string, readonly string[]>> = {
      offered: ['runCommand'],
      awaiting_approval: ['cancelCommand'],
      expired: ['offerAgain'],
      cancelled: ['offerAgain'],
      failed: ['offerAgain', 'checkOnSite', 'scheduleWork'],
      rejected: ['offerAgain', 'checkOnSite', 'scheduleWork'],
      unknown: ['offerAgain', 'checkOnSite', 'scheduleWork'],
    }
    expect(actionsFor([{ ...command, state }]).toSorted()).toEqual([...(steps[state] ?? [])].toSorted())
  })

  it('says of a lapsed offer that nothing was sent, and of a lapsed approval that nobody approved', () => {
    const textFor = (over: Partial<Command>) =>
      textsOf(answerMessage({ answer: plain, commands: [{ ...command, ...over }], devices: [] }, catalog).blocks).join()
    expect(textFor({ state: 'expired', requestedBy: null, sentAt: null })).toContain('the offer has lapsed')
    expect(textFor({ state: 'expired', sentAt: null })).toContain('nobody approved it in time')
    expect(textFor({ state: 'failed', sentAt: null, deviceMessage: null })).toContain('nothing was sent')
    expect(textFor({ state: 'unknown' })).toContain('it is not known whether it worked')
    expect(textFor({ checkedBy: { user: 'U0TECH0002', team: 'T1' } })).toContain('Checked on site by <@U0TECH0002>')
  })

  it('does not offer twice what was done already', () => {
    const again: Command = { ...command, id: 'cmd_01kc000000000000abcd', state: 'offered' }
    expect(actionsFor([command, again])).toEqual(['runCommand', 'checkOnSite', 'scheduleWork'])
    expect(actionsFor([{ ...command, checkedBy: command.requestedBy }])).toEqual(['offerAgain', 'scheduleWork'])
    const [order = expect.fail()] = fc.sample(orders, 1)
    const open = { ...order, code: 'E-02', state: 'open' as const }
    expect(actionsFor([command], { orders: [open] })).toEqual(['offerAgain', 'checkOnSite'])
    expect(actionsFor([command], { orders: [{ ...open, state: 'done' }] })).toContain('scheduleWork')
  })

  it('shows the last tries only, the newest with the device’s words', () => {
    const tries = Array.from({ length: 9 }, (_, i) => ({ ...command, id: `cmd_0${i}`, deviceMessage: `word ${i}` }))
    const text = textsOf(answerMessage({ answer: plain, commands: tries, devices: [] }, catalog).blocks).join('\n')
    expect(text.match(/\*CLEAN_TURB\* on/g)).toHaveLength(2)
    expect(text).toContain('word 8')
    expect(text).not.toContain('word 7')
  })

  it('asks for a visit where the code does so by itself', () => {
    const [finding = expect.fail()] = plain.findings
    const battery = { ...plain, findings: [{ ...finding, code: 'W-10', command: null }] }
    const { blocks } = answerMessage({ answer: battery, commands: [], devices: [] }, catalog)
    expect(stringsIn(blocks)).toContain('Schedule battery replacement')
    expect(scheduleWork('Battery replacement')).toBe('Schedule battery replacement')
  })

  it('tells how often the command helped', () => {
    const record = { code: 'E-02', command: 'CLEAN_TURB', uses: 46, cleared: 41, days: 90 }
    expect(trackRecord(record)).toBe('CLEAN_TURB cleared E-02 in 41 of 46 uses (90 days)')
    const { blocks } = answerMessage({ answer: plain, commands: [], devices: [], records: [record] }, catalog)
    expect(textsOf(blocks)).toContain(trackRecord(record))
  })
})

describe('an alert', () => {
  it('is shown in blocks Slack takes, whatever the device measured', () => {
    fc.assert(
      fc.property(alerts, (alert) => {
        const view = { blocks: alertBlocks(alert) }
        expectSound(view, faultsOfMessage({ text: 'x', ...view }))
      }),
      { numRuns: 60 },
    )
  })
})

describe('a work order', () => {
  it('is told in a message Slack takes, with buttons while it is open', () => {
    fc.assert(
      fc.property(orders, (order) => {
        const message = orderMessage(order, 'You have been asked to go:')
        expectSound(message, faultsOfMessage(message))
        expect(stringsIn(message.blocks).includes(ACTION.workDone)).toBe(order.state === 'open')
      }),
      { numRuns: 50 },
    )
  })

  it('is made in a form Slack takes, with a search where no device is known', () => {
    const cause = { answerId: 'ans_01kb000000000000abcd', code: 'W-10', commandId: null, isFallback: false }
    const plan = { title: 'Battery replacement', problem: 'Low', earliest: '2026-11-22', latest: '2026-11-29' }
    for (const device of [DEVICE, null]) {
      const view = workOrderView(cause, plan, { device, assignee: 'U0TECH0001' })
      expectSound(view, faultsOfView(view))
      expect(stringsIn(view).includes(ACTION.searchDevice)).toBe(device === null)
    }
    const today = workOrderView(cause, { ...plan, latest: plan.earliest }, { device: DEVICE, assignee: 'U0TECH0001' })
    expect(stringsIn(today)).toContain('2026-11-22')
  })

  it('has a cause that comes back as it went in, and none that anyone made up', () => {
    const cause = { answerId: 'ans_01kb', code: 'E-02', commandId: 'cmd_01kb', isFallback: true }
    expect(readWorkValue(workValue(cause))).toEqual(cause)
    for (const isFallback of [true, false]) {
      const without = { ...cause, commandId: null, isFallback }
      expect(readWorkValue(workValue(without))).toEqual(without)
    }
    for (const value of ['', 'ans_01', 'ans_01:E-02:', 'ans_01:E-02:wo_1', 'ans_01:e-02', 'ans_01:E-02\n']) {
      expect(readWorkValue(value)).toBeNull()
    }
    fc.assert(fc.property(longText, (value) => void readWorkValue(value)))
  })
})
