import { describe, expect, it } from 'vitest'
import { commandTopic, parseDeviceMessage } from '../../../src/commands/devices/device-messages.ts'
import { InvalidDeviceIdError } from '../../../src/commands/devices/gateway-errors.ts'
import fc from '../../support/properties.ts'

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value))
const when = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })

describe('commandTopic', () => {
  it('addresses one device, or throws: whatever the id', () => {
    const nasty = fc.string({ unit: fc.constantFrom('/', '+', '#', '\u0000', '\ud800', '$', ' ', 'a', '.', '\u202e') })
    const id = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), nasty)
    fc.assert(
      fc.property(id, (device) => {
        let topic: string
        try {
          topic = commandTopic(device)
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidDeviceIdError)
          return
        }
        expect(topic.split('/')).toEqual(['hydrocore', device, 'commands'])
        expect(device).not.toMatch(/[+#\p{Cc}\p{Cs}]|^$/u)
        expect(Buffer.from(topic).toString()).toBe(topic)
      }),
    )
  })

  it('takes every id a catalog of ours can name', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^HC5000-[A-Z]-\d{4}$/), (device) => {
        expect(commandTopic(device)).toBe(`hydrocore/${device}/commands`)
      }),
    )
  })
})

describe('readDeviceMessage', () => {
  const KINDS = ['result', 'status', 'event', 'unreadable']
  const topics = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'hydrocore//results',
      'hydrocore/a/results/x',
      'hydrocore/a',
      'other/a/status',
      'hydrocore/a/commands',
    ),
    fc.constantFrom('results', 'status', 'events').map((channel) => `hydrocore/HC5000-A-1138/${channel}`),
  )

  it('answers whatever comes in on whatever topic', () => {
    const payload = fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from), fc.string().map(Buffer.from))
    fc.assert(
      fc.property(topics, payload, fc.boolean(), (topic, data, retained) => {
        expect(KINDS).toContain(parseDeviceMessage(topic, data, retained).kind)
      }),
    )
  })

  it('answers for messages whose keys hold anything', () => {
    const anything = fc.dictionary(
      fc.constantFrom('commandId', 'state', 'at', 'message', 'online', 'code', 'values', 'firmware', '__proto__'),
      fc.oneof(fc.jsonValue(), fc.constantFrom('succeeded', 'raised', true, '2026-11-22T10:00:00Z')),
    )
    fc.assert(
      fc.property(topics, anything, (topic, value) => {
        expect(KINDS).toContain(parseDeviceMessage(topic, bytes(value), false).kind)
      }),
    )
  })

  it('reads every well-formed result as it was said', () => {
    const result = fc.record({
      commandId: fc.string({ minLength: 1, maxLength: 200 }),
      state: fc.constantFrom('accepted', 'running', 'succeeded', 'failed', 'rejected'),
      at: when,
      message: fc.option(fc.string({ unit: 'grapheme' })),
    })
    fc.assert(
      fc.property(result, fc.jsonValue(), (said, extra) => {
        expect(parseDeviceMessage('hydrocore/HC5000-A-1138/results', bytes({ ...said, extra }), false)).toEqual({
          kind: 'result',
          device: 'HC5000-A-1138',
          ...said,
        })
      }),
    )
  })

  it('calls a command topic, a foreign topic and a missing device unreadable', () => {
    for (const topic of ['hydrocore/a/commands', 'other/a/status', 'hydrocore//status', 'hydrocore/a/b/status']) {
      expect(parseDeviceMessage(topic, bytes({ online: true, at: '2026-11-22T10:00:00Z' }), true)).toMatchObject({
        kind: 'unreadable',
        topic,
      })
    }
  })
})
