import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Workspace as Stand } from '../../../src/sandbox/workspace/options.ts'
import { startWorkspace } from '../../../src/sandbox/workspace/start.ts'
import { PEOPLE, TEAM, USERGROUPS } from '../../../src/sandbox/workspace/state/seed.ts'
import { createRoles, type RoleSettings } from '../../../src/slack/platform/roles.ts'
import { type Access, tokenAccess } from '../../../src/slack/platform/workspaces.ts'
import { silent } from '../../support/silent.ts'

const [OPERATORS] = USERGROUPS
const STRANGER = { mayOperate: false, mayReview: false, isAdmin: false, isExternal: true }
const NOBODY = { ...STRANGER, isExternal: false }

describe('what a person may do', () => {
  let fixture: Stand
  let access: Access
  let now = 0
  beforeAll(async () => {
    fixture = await startWorkspace({ commands: [], shortcuts: [], rateLimits: false })
    access = tokenAccess(fixture.botToken, fixture.apiUrl, silent)
    await access.open(AbortSignal.timeout(5_000))
  })
  beforeEach(() => {
    now = 0
  })
  afterEach(() => fixture.faults.clear())
  afterAll(() => fixture[Symbol.asyncDispose]())

  const rolesOf = (settings: Partial<RoleSettings> = {}) => {
    const roles = createRoles({ operators: [], reviewers: [], admins: [], ...settings }, access, silent, () => now)
    return (user: string, team: string = TEAM.id) => roles.of({ user, team })
  }
  const lookUps = (method: string) => fixture.calls.filter((call) => call.method === method).length

  it('is what the settings say, by name or by group', async () => {
    const of = rolesOf({
      operators: [PEOPLE.technician, OPERATORS.id],
      reviewers: [PEOPLE.reviewer],
      admins: [PEOPLE.admin],
    })
    expect(await of(PEOPLE.technician)).toEqual({ ...NOBODY, mayOperate: true })
    expect(await of(PEOPLE.operator)).toEqual({ ...NOBODY, mayOperate: true })
    expect(await of(PEOPLE.reviewer)).toEqual({ ...NOBODY, mayReview: true })
    expect(await of(PEOPLE.admin)).toEqual({ ...NOBODY, isAdmin: true })
    expect(await of(PEOPLE.secondTechnician)).toEqual(NOBODY)
  })

  it('is nothing for guests, whatever the settings say', async () => {
    const all = { operators: [PEOPLE.guest], reviewers: [PEOPLE.guest], admins: [PEOPLE.guest] }
    expect(await rolesOf(all)(PEOPLE.guest)).toEqual(STRANGER)
  })

  it('is nothing for people of other workspaces, even under the same id', async () => {
    expect(await rolesOf({ operators: [PEOPLE.technician] })(PEOPLE.technician, 'T0OTHER001')).toEqual(STRANGER)
  })

  it('is nothing for who is not there', async () => {
    for (const user of ['U0NOBODY01', '', 'not an id', 'U1\u0000'])
      expect(await rolesOf({ operators: [user] })(user)).toEqual(STRANGER)
  })

  it.each([
    ['refuses', { error: 'missing_scope' }],
    ['fails', { status: 500 }],
    ['answers with something else', { body: '<html>' }],
  ])('is nothing while Slack %s, and is asked for anew after it', async (_, fault) => {
    const of = rolesOf({ operators: [PEOPLE.technician] })
    fixture.faults.add({ method: 'users.info', times: 9, ...fault })
    expect(await of(PEOPLE.technician)).toEqual(STRANGER)
    fixture.faults.clear()
    expect(await of(PEOPLE.technician)).toMatchObject({ mayOperate: true })
  })

  it('is nothing while a group cannot be read', async () => {
    const of = rolesOf({ operators: [OPERATORS.id] })
    fixture.faults.add({ method: 'usergroups.users.list', error: 'missing_scope', times: 9 })
    expect(await of(PEOPLE.operator)).toEqual(STRANGER)
    fixture.faults.clear()
    expect(await of(PEOPLE.operator)).toMatchObject({ mayOperate: true })
  })

  it('does not come of a group that is not there', async () => {
    expect(await rolesOf({ operators: ['S0NOSUCHGRP'] })(PEOPLE.operator)).toEqual(NOBODY)
  })

  it('is looked up once a minute, so that a removal counts soon', async () => {
    const of = rolesOf({ operators: [OPERATORS.id] })
    const before = lookUps('users.info')
    await Promise.all([of(PEOPLE.operator), of(PEOPLE.operator)])
    now = 59_000
    await of(PEOPLE.operator)
    expect(lookUps('users.info') - before).toBe(1)
    now = 61_000
    await of(PEOPLE.operator)
    expect(lookUps('users.info') - before).toBe(2)
  })
})
