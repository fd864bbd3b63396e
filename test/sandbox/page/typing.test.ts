import { describe, expect, it } from 'vitest'
import { encodeEntities } from '../../../src/sandbox/page/client/text/slack-tokens.ts'
import { completionAt, readCommand, typedForm } from '../../../src/sandbox/page/client/text/typing.ts'
import { createCompose } from '../../../src/sandbox/workspace/escaping.ts'
import { SEED_CHANNELS, SEED_PEOPLE } from '../../../src/sandbox/workspace/state/seed.ts'
import fc from '../../support/properties.ts'

describe('slash commands', () => {
  it.each([
    ['/diagnose E-02 HC5000-A-1138', { command: '/diagnose', text: 'E-02 HC5000-A-1138' }],
    ['  /Diagnose\nE-02 ', { command: '/diagnose', text: 'E-02' }],
    ['/hydrocore', { command: '/hydrocore', text: '' }],
    ['say /diagnose', null],
    ['/', null],
    ['/path/to/file', null],
  ])('reads %j', (typed, expected) => {
    expect(readCommand(typed)).toEqual(expected)
  })
})

describe('completions', () => {
  it.each([
    ['/di', 3, { kind: 'command', query: 'di', from: 0 }],
    ['hello @te', 9, { kind: 'mention', query: 'te', from: 6 }],
    ['hello @tessa b', 14, { kind: 'mention', query: 'tessa b', from: 6 }],
    ['(@', 2, { kind: 'mention', query: '', from: 1 }],
    ['in #fi now', 6, { kind: 'channel', query: 'fi', from: 3 }],
    ['done :tad', 9, { kind: 'emoji', query: 'tad', from: 5 }],
    ['at 10:30', 8, null],
    ['me@example.com', 14, null],
    ['a /b', 4, null],
    ['@tessa', 0, null],
  ] as const)('reads %j at %i', (typed, caret, expected) => {
    expect(completionAt(typed, caret)).toEqual(expected)
  })
})

describe('editing', () => {
  const compose = createCompose(SEED_PEOPLE, SEED_CHANNELS)
  const nameOf = (id: string) =>
    SEED_PEOPLE.find((person) => person.id === id)?.realName ??
    SEED_CHANNELS.find((channel) => channel.id === id)?.name ??
    id

  it('shows a message as it was typed', () => {
    const words = fc.constantFrom(
      '@Tessa Brook',
      '#general',
      '@here',
      '<b>',
      '&',
      '&lt;',
      'E-02',
      'https://a.example/x',
      'a*b',
      '>',
      '1 < 2',
      '<!channel>',
      '<@U0TECH0001>',
    )
    fc.assert(
      fc.property(fc.array(words, { maxLength: 8 }), (parts) => {
        const typed = parts.join(' ')
        expect(typedForm(compose(encodeEntities(typed)), nameOf)).toBe(typed)
      }),
    )
  })
})
