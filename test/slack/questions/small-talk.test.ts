import { describe, expect, it } from 'vitest'
import { SHARED_WORDS } from '../../../src/slack/blocks/words.ts'
import { smallTalk } from '../../../src/slack/questions/small-talk.ts'
import { WORDS } from '../../../src/slack/questions/words.ts'
import { hostileText } from '../../support/hostile.ts'
import fc from '../../support/properties.ts'

describe('small talk', () => {
  it.each([
    'hi',
    'Hello there!',
    'hey',
    'Good morning',
    'good morning, team',
    'moin',
    'thanks',
    'Thank you very much.',
    'Thanks for your help!',
    'ok',
    'Okay, got it',
  ])('is answered with a greeting: %s', (text) => {
    expect(smallTalk(text, false)).toBe(WORDS.greeting)
  })

  it.each(['help', 'Help!', '?', 'help me please', 'What can you do?', 'how does this work'])(
    'is answered with help: %s',
    (text) => {
      expect(smallTalk(text, false)).toBe(SHARED_WORDS.help)
    },
  )

  it.each(['', '   ', ':wave:', '🔧', '👍🏽 :+1::skin-tone-3:', '...', '—', '\u200b'])(
    'that says nothing is answered with a greeting: %j',
    (text) => {
      expect(smallTalk(text, false)).toBe(WORDS.greeting)
      expect(smallTalk(text, true)).toBe(WORDS.nothingToRead)
    },
  )

  it.each([
    ...[
      'E-02',
      'e2',
      'hi, E-02',
      'hello 10',
      'Hi, pH readings drift',
      'hey the lens is dirty',
      'ok what now',
      'thanks but it persists',
    ],
    ...[
      'help with E-02',
      'how does this work when it is off, and what about the pump',
      'étalonnage',
      '温度',
      'history',
    ],
  ])('is no question: but %s is one', (text) => {
    expect(smallTalk(text, false)).toBeNull()
  })

  it('is told apart at once, whatever comes', () => {
    const startedAt = performance.now()
    fc.assert(fc.property(hostileText(), fc.boolean(), (text, hasFiles) => void smallTalk(text, hasFiles)))
    for (const piece of ['hi ', 'thanks for ', ', ', ':a', ': ', 'help '])
      smallTalk(`${piece.repeat(40_000 / piece.length)}x`, false)
    expect(performance.now() - startedAt).toBeLessThan(1_500)
  })
})
