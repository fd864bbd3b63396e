import { describe, expect, it } from 'vitest'
import {
  parseAction,
  parseForm,
  parseMessage,
  parseReactionEvent,
  parseSlashCommand,
  parseWorkspaceRef,
} from '../../../src/slack/platform/payloads.ts'
import { hostileText } from '../../support/hostile.ts'
import fc from '../../support/properties.ts'

const BOT = 'U0HYDROAPP'
const message = (over: object = {}, envelope: object = {}) => ({
  type: 'event_callback',
  team_id: 'T1',
  authorizations: [{ team_id: 'T1', is_enterprise_install: false }],
  event: { type: 'message', channel: 'D1', channel_type: 'im', user: 'U1', ts: '1.1', text: 'E-02', ...over },
  ...envelope,
})
const read = (over: object = {}, envelope: object = {}) => parseMessage(message(over, envelope), BOT)

describe('a message', () => {
  it('is read as somebody’s words in a place', () => {
    expect(read()).toMatchObject({
      team: 'T1',
      channel: 'D1',
      ts: '1.1',
      threadTs: null,
      userId: 'U1',
      channelType: 'im',
      source: 'message',
      text: 'E-02',
      hasMention: false,
      hasFiles: false,
    })
  })

  it('is read as typed: entities decoded, our own mention left out', () => {
    expect(read({ text: `<@${BOT}> pH &lt; 5 &amp;  <@${BOT}>why?` })).toMatchObject({
      text: 'pH < 5 & why?',
      hasMention: true,
      source: 'mention',
    })
    expect(read({ text: '<@U2> E-02' })).toMatchObject({ hasMention: false, text: '<@U2> E-02' })
    expect(read({ type: 'app_mention', text: 'E-02' })).toMatchObject({ hasMention: true, source: 'mention' })
  })

  it('may have no text, or files', () => {
    for (const text of [undefined, null, '']) expect(read({ text })).toMatchObject({ text: '' })
    expect(read({ subtype: 'file_share', files: [{ id: 'F1' }] })).toMatchObject({ hasFiles: true })
    expect(read({ files: [] })).toMatchObject({ hasFiles: false })
  })

  it('holds no character that a database could not keep', () => {
    expect(read({ text: 'E-02\u0000!' })).toMatchObject({ text: 'E-02!' })
  })

  it('belongs to the workspace we are installed in, whoever wrote it', () => {
    const shared = { team_id: 'T2', authorizations: [{ team_id: 'T1' }] }
    expect(read({ user_team: 'T2' }, shared)).toMatchObject({ team: 'T1' })
    expect(read({}, { authorizations: undefined, team_id: 'T3' })).toMatchObject({ team: 'T3' })
    expect(read({}, { authorizations: undefined, team_id: undefined })).toBeNull()
  })

  it.each<[string, object]>([
    ['an edit', { subtype: 'message_changed' }],
    ['a deletion', { subtype: 'message_deleted' }],
    ['a join', { subtype: 'channel_join' }],
    ['a bot', { bot_id: 'B1' }],
    ['a bot by its subtype', { subtype: 'bot_message' }],
    ['ourselves', { user: BOT }],
    ['Slackbot', { user: 'USLACKBOT' }],
    ['nobody', { user: undefined }],
    ['an empty user', { user: '' }],
    ['no channel', { channel: undefined }],
    ['no time', { ts: '' }],
    ['another event', { type: 'message_metadata_posted' }],
    ['text that is none', { text: { a: 1 } }],
  ])('of %s is nobody’s', (_, over) => {
    expect(read(over)).toBeNull()
  })
})

describe('a click', () => {
  const click = (over: object = {}) => ({
    type: 'block_actions',
    user: { id: 'U1', team_id: 'T1' },
    team: { id: 'T1' },
    channel: { id: 'C1' },
    message: { ts: '1.1', thread_ts: '1.0' },
    actions: [{ action_id: 'a', value: 'v', action_ts: '2.2' }],
    ...over,
  })

  it('is read with who, where and what', () => {
    expect(parseAction(click())).toMatchObject({
      person: { user: 'U1', team: 'T1' },
      value: 'v',
      at: '2.2',
      channel: { id: 'C1' },
      message: { ts: '1.1', thread_ts: '1.0' },
    })
    expect(parseAction(click({ actions: [{ action_id: 'a' }] }))).toMatchObject({ value: '', at: '' })
  })

  it.each<[string, object]>([
    ['no actions', { actions: [] }],
    ['actions that are none', { actions: 'all' }],
    ['a value that is no text', { actions: [{ action_id: 'a', value: 7 }] }],
    ['nobody', { user: undefined }],
  ])('with %s is none', (_, over) => {
    expect(parseAction(click(over))).toBeNull()
  })
})

describe('a form', () => {
  const form = (values: object) => ({
    type: 'view_submission',
    user: { id: 'U1' },
    team: { id: 'T1' },
    view: { id: 'V1', private_metadata: 'ans_1', state: { values } },
  })

  it('is read field by field', () => {
    const values = {
      note: { note: { type: 'plain_text_input', value: 'words' } },
      code: { code: { type: 'static_select', selected_option: { value: 'E-02' } } },
      many: { many: { type: 'checkboxes', selected_options: [{ value: 'a' }, { value: 'b' }] } },
      empty: { empty: { type: 'plain_text_input', value: null } },
      odd: { odd: { value: { toString: 'x' } } },
      none: {},
    }
    expect(parseForm(form(values))).toEqual({
      person: { user: 'U1', team: 'T1' },
      metadata: 'ans_1',
      viewId: 'V1',
      values: { note: 'words', code: 'E-02', many: 'a,b', empty: '', odd: '', none: '' },
    })
  })

  it('may have fields of any name', () => {
    const values = JSON.parse('{"__proto__": {"a": {"value": "x"}}, "constructor": {"a": {"value": "y"}}}')
    expect(parseForm(form(values))?.values.constructor).toBe('y')
    expect(Object.hasOwn({}, 'a')).toBe(false)
  })
})

describe('a slash command', () => {
  it('is read as typed', () => {
    const body = {
      command: '/diagnose',
      text: ' pH &lt; 5 ',
      user_id: 'U1',
      team_id: 'T1',
      channel_id: 'C1',
      trigger_id: 't',
    }
    expect(parseSlashCommand(body)).toMatchObject({ text: 'pH < 5', user_id: 'U1' })
    expect(parseSlashCommand({ ...body, text: undefined })).toMatchObject({ text: '' })
    expect(parseSlashCommand({ ...body, user_id: undefined })).toBeNull()
  })
})

describe('a reaction', () => {
  const reaction = {
    type: 'reaction_added',
    user: 'U1',
    reaction: '+1',
    item: { type: 'message', channel: 'C1', ts: '1.1' },
    event_ts: '2.2',
  }

  it('is read when it stands on a message', () => {
    expect(parseReactionEvent(reaction)).toEqual(reaction)
    expect(parseReactionEvent({ ...reaction, item: { type: 'file', file: 'F1' } })).toBeNull()
    expect(parseReactionEvent({ ...reaction, user: '' })).toBeNull()
  })
})

describe('whatever comes in', () => {
  const readers = {
    readPlace: parseWorkspaceRef,
    readClick: parseAction,
    readForm: parseForm,
    readCommand: parseSlashCommand,
    readReactionEvent: parseReactionEvent,
    readMessage: (body: unknown) => parseMessage(body, BOT),
  }
  const leaf = fc.oneof(hostileText(3), fc.integer(), fc.constantFrom(null, undefined, true, [], {}))
  /** Bodies of Slack's own form in which anything may have been replaced. */
  const spoilt = fc
    .tuple(
      fc.constantFrom<object>(
        message(),
        { user: { id: 'U1' }, team: { id: 'T1' }, actions: [{ action_id: 'a', value: 'v' }] },
        { user: { id: 'U1' }, view: { id: 'V1', state: { values: { a: { a: { value: 'x' } } } } } },
        { command: '/x', text: '', user_id: 'U1', team_id: 'T1', channel_id: 'C1', trigger_id: 't' },
      ),
      fc.array(fc.tuple(fc.nat(30), leaf), { minLength: 1, maxLength: 3 }),
    )
    .map(([body, changes]) => changes.reduce((now, [at, value]) => replaceAt(now, at, value), body as unknown))

  it.each(Object.entries(readers))('%s reads it, or says that it is none', (_, reader) => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), spoilt), (body) => {
        const found = reader(body)
        expect(found === null || typeof found === 'object').toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('is a question of ours only with a person, a place and a time', () => {
    fc.assert(
      fc.property(spoilt, (body) => {
        const found = parseMessage(body, BOT)
        if (!found) return
        for (const part of [found.team, found.channel, found.ts, found.userId]) {
          expect(typeof part).toBe('string')
          expect(part).not.toBe('')
        }
        expect([BOT, 'USLACKBOT']).not.toContain(found.userId)
      }),
      { numRuns: 300 },
    )
  })
})

/** The same value with its n-th part, counted through all depths, replaced. */
function replaceAt(value: unknown, n: number, by: unknown): unknown {
  let left = n
  const walk = (one: unknown): unknown => {
    if (left === 0) {
      left -= 1
      return by
    }
    left -= 1
    if (Array.isArray(one)) return one.map(walk)
    if (typeof one !== 'object' || one === null) return one
    return Object.fromEntries(Object.entries(one).map(([key, part]) => [key, walk(part)]))
  }
  return walk(value)
}
