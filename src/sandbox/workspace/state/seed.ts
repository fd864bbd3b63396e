import { z } from 'zod'

/** A workspace, and who the app is in it. Ids look like Slack's. */
export type Team = { id: string; name: string; domain: string; botUserId: string; botId: string; botToken: string }

export const TEAM = {
  id: 'T0HYDRO001',
  name: 'HydroCore Field Service',
  domain: 'hydrocore-sandbox',
  botUserId: 'U0HYDROAPP',
  botId: 'B0HYDRO001',
  botToken: 'xoxb-sandbox-hydrocore-bot',
} as const satisfies Team
/** Another company's: people and channels have the ids of the first one's, so that only the workspace tells them apart. */
export const SECOND_TEAM = {
  id: 'T0HYDRO002',
  name: 'Northern Waterworks',
  domain: 'waterworks-sandbox',
  botUserId: 'U0HYDROAP2',
  botId: 'B0HYDRO002',
  botToken: 'xoxb-sandbox-waterworks-bot',
} as const satisfies Team
export const APP = { id: 'A0HYDRO001', name: 'HydroCore Assistant' } as const
/** The app's own, the same in every workspace. They open nothing outside this machine. */
export const SECRETS = {
  appToken: 'xapp-sandbox-hydrocore-app',
  signingSecret: 'sandbox-hydrocore-signing-secret',
  clientId: '1000000000001.2000000000002',
  clientSecret: 'sandbox-hydrocore-client-secret',
} as const

export const StoredPerson = z.object({
  id: z.string(),
  handle: z.string(),
  realName: z.string(),
  title: z.string(),
  kind: z.enum(['member', 'guest', 'bot']),
  isAdmin: z.boolean(),
  color: z.string(),
})
export type StoredPerson = z.infer<typeof StoredPerson>

export const StoredChannel = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['channel', 'im', 'mpim']),
  topic: z.string(),
  memberIds: z.array(z.string()),
  /** Who may not write here, the app among them: everybody but admins, or everybody. */
  posting: z.enum(['open', 'admins', 'archived']).default('open'),
  createdAt: z.number(),
})
export type StoredChannel = z.infer<typeof StoredChannel>

/** The people by what they do; tests and the page's callers name them so. */
export const PEOPLE = {
  technician: 'U0TECH0001',
  secondTechnician: 'U0TECH0002',
  operator: 'U0OPER0001',
  secondOperator: 'U0OPER0002',
  reviewer: 'U0REVW0001',
  admin: 'U0ADMN0001',
  guest: 'U0GUEST001',
  bot: TEAM.botUserId,
} as const
export const CHANNELS = {
  fieldSupport: 'C0FIELD001',
  deviceAlerts: 'C0ALERT001',
  general: 'C0GENRL001',
  bulletin: 'C0BULLT001',
  /** Both technicians and the app. */
  groupMessage: 'G0GROUP001',
} as const
/** Who speaks for Slack itself. */
export const SLACKBOT = 'USLACKBOT'
export const USERGROUPS = [
  { id: 'S0OPERATOR', handle: 'operators', name: 'Operators', users: [PEOPLE.operator, PEOPLE.secondOperator] },
] as const

const member = { kind: 'member', isAdmin: false } as const
export const SEED_PEOPLE: readonly StoredPerson[] = [
  {
    ...member,
    id: PEOPLE.technician,
    handle: 'tessa',
    realName: 'Tessa Brook',
    title: 'Field technician',
    color: '#2f7d6d',
  },
  {
    ...member,
    id: PEOPLE.secondTechnician,
    handle: 'nils',
    realName: 'Nils Hagen',
    title: 'Field technician',
    color: '#7a5c9e',
  },
  { ...member, id: PEOPLE.operator, handle: 'omar', realName: 'Omar Field', title: 'Operator', color: '#b0642d' },
  { ...member, id: PEOPLE.secondOperator, handle: 'olga', realName: 'Olga Stone', title: 'Operator', color: '#a63d57' },
  { ...member, id: PEOPLE.reviewer, handle: 'ruth', realName: 'Ruth Vance', title: 'Reviewer', color: '#3667a8' },
  {
    ...member,
    id: PEOPLE.admin,
    handle: 'ada',
    realName: 'Ada Lind',
    title: 'Workspace admin',
    color: '#4d6b2f',
    isAdmin: true,
  },
  {
    id: PEOPLE.guest,
    handle: 'gil',
    realName: 'Gil Marsh',
    title: 'Guest from a partner company',
    kind: 'guest',
    isAdmin: false,
    color: '#6b6b6b',
  },
  {
    id: PEOPLE.bot,
    handle: 'hydrocore',
    realName: APP.name,
    title: 'App',
    kind: 'bot',
    isAdmin: false,
    color: '#1b4f72',
  },
]

const humans = SEED_PEOPLE.filter((person) => person.kind !== 'bot').map((person) => person.id)
const members = SEED_PEOPLE.filter((person) => person.kind === 'member').map((person) => person.id)

/** The direct conversation of a person with the app. */
export const directMessageId = (userId: string) => `D${userId.slice(1)}`

const CREATED_AT = 1_764_547_200
export const SEED_CHANNELS: readonly StoredChannel[] = [
  {
    id: CHANNELS.fieldSupport,
    name: 'field-support',
    kind: 'channel',
    topic: 'Ask here when a HydroCore unit reports a code',
    memberIds: [...humans, PEOPLE.bot],
    posting: 'open',
    createdAt: CREATED_AT,
  },
  {
    id: CHANNELS.deviceAlerts,
    name: 'device-alerts',
    kind: 'channel',
    topic: 'Codes raised by units in the field',
    memberIds: [...members, PEOPLE.bot],
    posting: 'open',
    createdAt: CREATED_AT,
  },
  {
    id: CHANNELS.general,
    name: 'general',
    kind: 'channel',
    topic: 'Everyone, without the app',
    memberIds: members,
    posting: 'open',
    createdAt: CREATED_AT,
  },
  {
    id: CHANNELS.bulletin,
    name: 'bulletin',
    kind: 'channel',
    topic: 'News for everyone; only admins write here',
    memberIds: [...members, PEOPLE.bot],
    posting: 'admins',
    createdAt: CREATED_AT,
  },
  {
    id: CHANNELS.groupMessage,
    name: 'mpdm-tessa--nils--hydrocore-1',
    kind: 'mpim',
    topic: '',
    memberIds: [PEOPLE.technician, PEOPLE.secondTechnician, PEOPLE.bot],
    posting: 'open',
    createdAt: CREATED_AT,
  },
  ...humans.map(
    (id): StoredChannel => ({
      id: directMessageId(id),
      name: 'directmessage',
      kind: 'im',
      topic: '',
      memberIds: [id, PEOPLE.bot],
      posting: 'open',
      createdAt: CREATED_AT,
    }),
  ),
]

/** The same people and channels, with the app as it is known in this workspace. */
export function seedFor({ botUserId }: Team): { people: readonly StoredPerson[]; channels: readonly StoredChannel[] } {
  const ours = (id: string) => (id === PEOPLE.bot ? botUserId : id)
  return {
    people: SEED_PEOPLE.map((person) => ({ ...person, id: ours(person.id) })),
    channels: SEED_CHANNELS.map((channel) => ({ ...channel, memberIds: channel.memberIds.map(ours) })),
  }
}
