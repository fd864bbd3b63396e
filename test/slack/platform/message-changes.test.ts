import { describe, expect, it } from 'vitest'
import { parseMessageChange } from '../../../src/slack/platform/message-changes.ts'
import { parseMessage } from '../../../src/slack/platform/payloads.ts'
import { hostileText } from '../../support/hostile.ts'
import fc from '../../support/properties.ts'

const BOT = 'U0HYDROAPP'
const at = '1796100000.000300'
const envelope = (event: object) => ({
  type: 'event_callback',
  team_id: 'T1',
  authorizations: [{ team_id: 'T1', is_enterprise_install: false }],
  event: { type: 'message', channel: 'C1', channel_type: 'channel', event_ts: '1796100030.000400', ...event },
})
const read = (event: object) => parseMessageChange(envelope(event), BOT)
const own = (over: object = {}) => ({ type: 'message', user: 'U1', ts: at, text: 'E-02', ...over })
const changed = (message: object, previous?: object) =>
  read({ subtype: 'message_changed', hidden: true, message, ...(previous ? { previous_message: previous } : {}) })

describe('a change of a message', () => {
  it('is an edit, with the message as it is now and its age', () => {
    expect(changed(own({ text: `<@${BOT}> E-05`, thread_ts: '1.1' }), own())).toMatchObject({
      kind: 'edited',
      message: { team: 'T1', channel: 'C1', ts: at, threadTs: '1.1', userId: 'U1', text: 'E-05', hasMention: true },
      hasNewText: true,
      afterMs: expect.closeTo(30_000, 0),
    })
  })

  it.each([
    ['a reply below it', own({ reply_count: 1, thread_ts: at }), own(), false],
    ['a language that Slack recognised', own({ language: { locale: 'en' } }), own(), false],
    ['nothing that Slack tells of', own(), undefined, false],
    ['words, where Slack doesn’t tell the old ones', own({ edited: { user: 'U1', ts: '2.1' } }), undefined, true],
    ['a preview of a link in a sentence', own({ attachments: [{ is_msg_unfurl: true, text: 'E-01' }] }), own(), false],
    [
      'a preview of a link alone',
      own({ text: '<https://x.example/p1>', attachments: [{ is_msg_unfurl: true, text: 'E-01' }] }),
      own({ text: '<https://x.example/p1>' }),
      true,
    ],
    ['a mention of us', own({ text: `<@${BOT}> E-02` }), own(), true],
  ])('by %s', (_, message, previous, hasNewText) => {
    expect(changed(message, previous)).toMatchObject({ kind: 'edited', hasNewText })
  })

  it.each([
    ['of an app', { bot_id: 'B1' }],
    ['of ours', { user: BOT }],
    ['of Slack', { user: 'USLACKBOT' }],
  ])('is none of our business in a message %s', (_, over) => {
    expect(changed(own(over), own({ ...over, text: 'before' }))).toBeNull()
  })

  it.each([
    ['a message', { subtype: 'message_deleted', deleted_ts: at }],
    ['one of which the words are told', { subtype: 'message_deleted', deleted_ts: at, previous_message: own() }],
    [
      'one that leaves a stone',
      { subtype: 'message_changed', message: { ...own({ user: 'USLACKBOT' }), subtype: 'tombstone' } },
    ],
    ['the stone', { subtype: 'message_deleted', deleted_ts: at, previous_message: own({ subtype: 'tombstone' }) }],
  ])('is the deletion of %s', (_, event) => {
    expect(read(event)).toEqual({ kind: 'deleted', message: { team: 'T1', channel: 'C1', ts: at } })
  })

  it('is nothing where Slack would never write so', () => {
    expect(read({ subtype: 'message_deleted', deleted_ts: '%' })).toBeNull()
    expect(parseMessageChange(envelope(own()), BOT)).toBeNull()
    fc.assert(
      fc.property(fc.anything(), hostileText(), (odd, text) => {
        changed({ ...own({ text }), attachments: odd }, { attachments: odd })
        read({ subtype: 'message_changed', message: odd })
      }),
    )
  })
})

describe('what comes with a message', () => {
  const forwarded = (attachments: unknown, text = '') => parseMessage(envelope(own({ text, attachments })), BOT)

  it('is read like its own words, without counting as a mention', () => {
    const share = { is_share: true, text: `<@${BOT}> E-01 &amp; more`, files: [{}] }
    expect(forwarded([share], 'look:')).toMatchObject({
      text: 'look:\n E-01 & more',
      hasMention: false,
      hasFiles: true,
    })
    expect(forwarded([{ is_share: true, fallback: '[no preview available]' }])).toMatchObject({ text: '' })
    expect(forwarded([{ title: 'An alert', text: 'E-05' }], 'see')).toMatchObject({ text: 'see' })
  })
})
