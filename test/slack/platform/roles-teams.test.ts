import { describe, expect, it } from 'vitest'
import { createRoles } from '../../../src/slack/platform/roles.ts'
import type { Workspace, Workspaces } from '../../../src/slack/platform/workspaces.ts'
import { silent } from '../../support/silent.ts'

type User = Readonly<Record<string, unknown>>

/** A workspace whose people and groups are given; each look-up is counted. */
function workspaceOf(team: string, people: Readonly<Record<string, User>>, groups: Readonly<Record<string, string[]>>) {
  const asked: string[] = []
  const refuse = (error: string) => Promise.reject(Object.assign(new Error(error), { data: { error } }))
  const interactive = {
    users: {
      async info({ user }: { user: string }) {
        asked.push(user)
        return people[user] ? { user: { id: user, ...people[user] } } : refuse('user_not_found')
      },
    },
    usergroups: {
      users: {
        list: async ({ usergroup }: { usergroup: string }) =>
          groups[usergroup] ? { users: groups[usergroup] } : refuse('no_such_subteam'),
      },
    },
  }
  const workspace = { team, botUserId: 'UBOT', botId: 'BBOT', token: 'xoxb', clients: { interactive, posting: {} } }
  return { asked, workspace: workspace as unknown as Workspace }
}

const settings = { operators: ['S0GROUPT1', 'U0OMAR001'], reviewers: ['S0GROUPT2'], admins: [] }
const may = { mayOperate: true, isExternal: false }
const stranger = { mayOperate: false, mayReview: false, isAdmin: false, isExternal: true }

function open(now: () => number = Date.now) {
  const first = workspaceOf(
    'T1',
    {
      U0TESSA01: { team_id: 'T1' },
      U0OMAR001: { team_id: 'T1' },
      U0PARTNER: { team_id: 'T9' },
      U0GUEST01: { team_id: 'T1', is_restricted: true },
      U0GRID001: { team_id: 'E1', enterprise_user: { teams: ['T1', 'T3'] } },
    },
    { S0GROUPT1: ['U0TESSA01', 'U0PARTNER', 'U0GUEST01', 'U0GRID001'] },
  )
  const second = workspaceOf('T2', { U0TESSA01: { team_id: 'T2' } }, { S0GROUPT2: ['U0TESSA01'] })
  const workspaces: Workspaces = {
    find: async ({ team }) => [first, second].find(({ workspace }) => workspace.team === team)?.workspace ?? null,
  }
  return { first, second, roles: createRoles(settings, workspaces, silent, now) }
}

describe('roles over several workspaces', () => {
  it('count a group in its own workspace, and make nobody a stranger for a group of another', async () => {
    const { roles } = open()
    expect(await roles.of({ user: 'U0TESSA01', team: 'T1' })).toMatchObject({ ...may, mayReview: false })
    expect(await roles.of({ user: 'U0TESSA01', team: 'T2' })).toMatchObject({
      mayOperate: false,
      mayReview: true,
      isExternal: false,
    })
    expect(await roles.of({ user: 'U0OMAR001', team: 'T1' })).toMatchObject(may)
  })

  it('know people of other companies in a shared channel, whom Slack does not call strangers', async () => {
    const { roles } = open()
    expect(await roles.of({ user: 'U0PARTNER', team: 'T1' })).toEqual(stranger)
    expect(await roles.of({ user: 'U0GUEST01', team: 'T1' })).toEqual(stranger)
    expect(await roles.of({ user: 'U0GRID001', team: 'T1' })).toMatchObject(may)
  })

  it('are nobody’s in a workspace that does not have the app, or that does not know the person', async () => {
    const { roles } = open()
    expect(await roles.of({ user: 'U0OMAR001', team: 'T5' })).toEqual(stranger)
    expect(await roles.of({ user: 'U0OMAR001', team: 'T2' })).toEqual(stranger)
    expect(await roles.of({ user: 'U0OMAR001', team: '' })).toEqual(stranger)
  })

  it('are remembered a minute, for each workspace by itself', async () => {
    let time = 0
    const { roles, first, second } = open(() => time)
    for (const team of ['T1', 'T2', 'T1', 'T2']) await roles.of({ user: 'U0TESSA01', team })
    expect([first.asked, second.asked]).toEqual([['U0TESSA01'], ['U0TESSA01']])
    time += 60_001
    await roles.of({ user: 'U0TESSA01', team: 'T1' })
    expect(first.asked).toHaveLength(2)
  })
})
