import { describe, expect, it } from 'vitest'
import type { SlackClients } from '../../src/slack/platform/clients.ts'
import { createProfiles } from '../../src/slack/platform/profiles.ts'
import { silent } from '../support/silent.ts'

type Profile = { email?: string; tz_offset?: number; is_bot?: boolean }

describe('two accounts', () => {
  const peopleWith = (profiles: Readonly<Record<string, Profile | Error>>) => {
    const asked: string[] = []
    const info = async ({ user }: { user: string }) => {
      asked.push(user)
      const profile = profiles[user] ?? new Error('user_not_found')
      if (profile instanceof Error) throw profile
      const { email, ...rest } = profile
      return { user: { ...rest, profile: { email } } }
    }
    const clients = { interactive: { users: { info } } } as unknown as SlackClients
    let clock = 0
    const people = createProfiles({ clientsOf: async () => clients, logger: silent, now: () => clock })
    const same = (one: string, other: string) => people.isSame({ user: one, team: 'T1' }, { user: other, team: 'T1' })
    const pass = (ms: number) => {
      clock += ms
    }
    return { people, same, asked, pass }
  }

  it('with one e-mail are one person, however it is written', async () => {
    const { same } = peopleWith({
      U1: { email: 'anna@example.org' },
      U2: { email: ' Anna@Example.org ' },
      U3: { email: 'anna+test@example.org' },
      U4: { email: 'ben@example.org' },
    })
    expect(await same('U1', 'U2')).toBe(true)
    expect(await same('U1', 'U3')).toBe(true)
    expect(await same('U1', 'U4')).toBe(false)
  })

  it('are the same without asking anybody where they have one id', async () => {
    const { same, asked } = peopleWith({})
    expect(await same('U1', 'U1')).toBe(true)
    expect(asked).toEqual([])
  })

  it('without e-mails are told apart by their ids alone', async () => {
    const { same } = peopleWith({ U1: {}, U2: {}, U3: { email: 'anna@example.org' } })
    expect(await same('U1', 'U2')).toBe(false)
    expect(await same('U1', 'U3')).toBe(false)
  })

  it('that cannot be looked up are not taken for two', async () => {
    const { same } = peopleWith({ U1: { email: 'anna@example.org' }, U2: new Error('the workspace is away') })
    await expect(same('U1', 'U2')).rejects.toThrow('away')
  })

  it('are looked up once in a while, and again after a fault', async () => {
    const profiles: Record<string, Profile | Error> = { U1: { tz_offset: 3_600 }, U2: new Error('away') }
    const { people, asked, pass } = peopleWith(profiles)
    const find = (user: string) => people.find({ user, team: 'T1' })
    expect(await find('U1')).toEqual({ email: null, offsetMs: 3_600_000, isBot: false })
    await find('U1')
    expect(asked).toEqual(['U1'])
    await find('U2').catch(() => undefined)
    profiles.U2 = {}
    await find('U2')
    expect(asked).toEqual(['U1', 'U2', 'U2'])
    pass(11 * 60_000)
    await find('U1')
    expect(asked).toHaveLength(4)
  })
})
