import { describe, expect, it } from 'vitest'
import type { CommandEntry } from '../../src/catalog/schema.ts'
import type { Command } from '../../src/commands/command.ts'
import { checkApproval, checkCancel, decide, decideApproval, type Facts } from '../../src/commands/policy.ts'
import { COMMAND_STATES } from '../../src/commands/state-machine.ts'
import { NOON } from '../support/rows.ts'
import { ANNA, BEN, DEVICE } from './setup.ts'

const now = new Date(NOON)
const ago = (minutes: number) => new Date(NOON - minutes * 60_000)
const ahead = (minutes: number) => new Date(NOON + minutes * 60_000)

const entry: CommandEntry = {
  title: 'Clean the turbidity sensor',
  risk: 'low',
  deadlineSeconds: 120,
  cooldownSeconds: 300,
  requiresOnline: true,
  settlesWhen: 'result',
}
const offered: Command = {
  id: 'cmd_1',
  answerId: 'ans_1',
  code: 'E-02',
  command: 'CLEAN_TURB',
  device: DEVICE,
  state: 'offered',
  team: 'T1',
  channel: 'C1',
  messageTs: null,
  requestedBy: null,
  approvedBy: null,
  offeredAt: ago(10),
  requestedAt: null,
  sentAt: null,
  deadlineAt: ahead(20),
  settledAt: null,
  deviceMessage: null,
  checkedBy: null,
}
const waiting: Command = {
  ...offered,
  state: 'awaiting_approval',
  requestedBy: { user: ANNA.user, team: ANNA.team },
  requestedAt: ago(1),
  deadlineAt: ahead(14),
}
const device = {
  id: DEVICE,
  isOnline: true,
  since: ago(60),
  firmware: null,
  codes: [],
  lastSeenAt: now,
  clockAheadMs: 0,
}
const facts: Facts = { hasOperators: true, entry, device, active: null, lastSentAt: null }

type Asking = Parameters<typeof decide>[0]
const asking: Asking = { command: offered, person: ANNA, device: null, now, facts }
const refusalOf = (over: Partial<Omit<Asking, 'facts'>> & { facts?: Partial<Facts> }) => {
  const decision = decide({ ...asking, ...over, facts: { ...facts, ...over.facts } })
  return decision.isAllowed ? null : decision.refusal
}

describe('pressing', () => {
  it('is allowed to an operator, on a device that is there, free and cool', () => {
    expect(decide(asking)).toEqual({ isAllowed: true, device, entry })
  })

  it.each([
    ['a guest', { person: { ...ANNA, isExternal: true } }, 'external'],
    ['somebody who is no operator', { person: { ...ANNA, mayOperate: false } }, 'not_operator'],
    ['anybody while no operators are named', { facts: { hasOperators: false } }, 'no_operators'],
    ['an offer whose time is over', { command: { ...offered, deadlineAt: now } }, 'offer_lapsed'],
    ['a command the catalog has dropped', { facts: { entry: null } }, 'not_in_catalog'],
    ['nobody said for which device', { command: { ...offered, device: null } }, 'device_missing'],
    ['another id was typed', { device: 'HC5000-A-1042' }, 'device_mismatch'],
    [
      'no id was typed for a medium risk',
      { facts: { entry: { ...entry, risk: 'medium' as const } } },
      'device_not_typed',
    ],
    ['a device that never reported', { facts: { device: null } }, 'device_unknown'],
    ['a device that is offline', { facts: { device: { ...device, isOnline: false } } }, 'device_offline'],
    ['a device that is busy', { facts: { active: { ...offered, id: 'cmd_2', state: 'sent' as const } } }, 'busy'],
    ['the same command went a moment ago', { facts: { lastSentAt: ago(4) } }, 'cooldown'],
  ] as const)('refuses %s', (_what, over, code) => {
    const refusal = refusalOf(over)
    expect(refusal?.code).toBe(code)
    expect(refusal?.remedy).toMatch(/^[A-Z].*\.$/)
    expect(refusal?.remedy).not.toContain('!')
  })

  it('refuses every command that is no longer offered, and says who asked for it', () => {
    for (const state of COMMAND_STATES.filter((each) => each !== 'offered' && each !== 'expired')) {
      expect(refusalOf({ command: { ...waiting, state } }), state).toMatchObject({
        code: 'already',
        state,
        by: { user: ANNA.user, team: ANNA.team },
        at: ago(1),
      })
    }
    expect(refusalOf({ command: { ...offered, state: 'expired' } })?.code).toBe('offer_lapsed')
    expect(refusalOf({ command: { ...waiting, state: 'expired' } })?.code).toBe('approval_lapsed')
  })

  it('takes the device that was typed when the question named none', () => {
    expect(decide({ ...asking, command: { ...offered, device: null }, device: DEVICE })).toMatchObject({
      isAllowed: true,
      device,
    })
  })

  it('lets an offline device have a command that does not need it online', () => {
    const reboot = { ...entry, requiresOnline: false }
    expect(refusalOf({ facts: { entry: reboot, device: { ...device, isOnline: false } } })).toBeNull()
  })

  it('says how long in words, and when as a time', () => {
    expect(refusalOf({ facts: { lastSentAt: ago(4) } })).toMatchObject({
      until: ahead(1),
      remedy: expect.stringContaining('again in 60 seconds'),
    })
    expect(refusalOf({ facts: { lastSentAt: ago(1) } })?.remedy).toContain('again in 4 minutes')
    expect(refusalOf({ facts: { device: { ...device, isOnline: false, since: ago(90) } } })?.remedy).toContain(
      '2 hours',
    )
    expect(refusalOf({ facts: { active: { ...waiting, id: 'cmd_2' } } })?.remedy).toContain('is waiting for approval')
  })

  it('is allowed again in the very moment the cooldown ends', () => {
    expect(refusalOf({ facts: { lastSentAt: ago(5) } })).toBeNull()
  })
})

describe('approving', () => {
  const approving = { command: waiting, person: BEN, isSame: false, now, facts }
  const codeOf = (over: Partial<typeof approving>) => {
    const decision = decideApproval({ ...approving, ...over })
    return decision.isAllowed ? null : decision.refusal.code
  }

  it('is allowed to a second operator', () => {
    expect(decideApproval(approving)).toEqual({ isAllowed: true, device, entry })
  })

  it('is never allowed to oneself, a guest, or somebody who is no operator', () => {
    expect(codeOf({ isSame: true })).toBe('own_request')
    expect(codeOf({ person: { ...BEN, isExternal: true } })).toBe('external')
    expect(codeOf({ person: { ...BEN, mayOperate: false } })).toBe('not_operator')
  })

  it('is over after its time, and for what does not wait', () => {
    expect(codeOf({ command: { ...waiting, deadlineAt: now } })).toBe('approval_lapsed')
    expect(codeOf({ command: offered })).toBe('already')
    expect(codeOf({ command: { ...waiting, state: 'cancelled' } })).toBe('already')
  })

  it('looks at the device anew', () => {
    expect(codeOf({ facts: { ...facts, device: { ...device, isOnline: false } } })).toBe('device_offline')
    expect(codeOf({ facts: { ...facts, lastSentAt: ago(1) } })).toBe('cooldown')
    expect(codeOf({ facts: { ...facts, entry: null } })).toBe('not_in_catalog')
  })
})

describe('saying no and withdrawing', () => {
  it('is for operators to deny, and for the one who asked to withdraw', () => {
    expect(checkApproval(waiting, BEN, true, now)).toBeNull()
    expect(checkApproval(waiting, { ...BEN, mayOperate: false }, true, now)?.code).toBe('not_operator')
    expect(checkCancel(waiting, true, now)).toBeNull()
    expect(checkCancel(waiting, false, now)?.code).toBe('not_yours')
  })

  it('is too late for what was sent', () => {
    const sent: Command = { ...waiting, state: 'sent' }
    expect(checkApproval(sent, BEN, true, now)?.code).toBe('already')
    expect(checkCancel(sent, true, now)?.code).toBe('already')
  })
})
