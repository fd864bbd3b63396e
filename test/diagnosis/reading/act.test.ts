import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { planReply } from '../../../src/diagnosis/conversation/plan.ts'
import { NO_CONTEXT } from '../../../src/diagnosis/conversation/thread-context.ts'
import { readMessage } from '../../../src/diagnosis/reading/read-message.ts'
import { createSymptomSearch } from '../../../src/diagnosis/symptoms.ts'
import { hostileText } from '../../support/hostile.ts'
import fc from '../../support/properties.ts'

const catalog = await loadCatalog()
const symptoms = createSymptomSearch(catalog)

/** What a first message is beside a question; null for one. */
function smallTalk(text: string): string | null {
  const reading = readMessage(text, catalog)
  const plan = planReply({ text, reading, context: NO_CONTEXT, person: '', completions: new Map(), catalog, symptoms })
  return plan.kind === 'small_talk' ? plan.about : null
}

describe('small talk', () => {
  it.each([
    ...[
      ['hi', 'greeting'],
      ['Hello there!', 'greeting'],
      ['hey', 'greeting'],
      ['Good morning', 'greeting'],
    ],
    ...[
      ['good morning, team', 'greeting'],
      ['moin', 'greeting'],
      ['Servus', 'greeting'],
      ['buenos días', 'greeting'],
    ],
    ...[
      ['thanks', 'thanks'],
      ['Thank you very much.', 'thanks'],
      ['Thanks for your help!', 'thanks'],
    ],
    ...[
      ['cheers, you saved my afternoon', 'thanks'],
      ['vielen Dank', 'thanks'],
      ['merci beaucoup', 'thanks'],
    ],
    ...[
      ['ok', 'acknowledged'],
      ['Okay, got it', 'acknowledged'],
      ['alles klar', 'acknowledged'],
    ],
    ...[
      ['super, all good again', 'resolved'],
      ['läuft wieder', 'resolved'],
      ['ya funciona', 'resolved'],
    ],
  ])('is known: %s', (text, about) => {
    expect(smallTalk(text)).toBe(about)
  })

  it.each(['help', 'Help!', '?', 'help me please', 'What can you do?', 'how does this work'])(
    'is a call for help: %s',
    (text) => {
      expect(smallTalk(text)).toBe('help')
    },
  )

  it.each(['', '   ', ':wave:', '🔧', '👍🏽 :+1::skin-tone-3:', '...', '—', '\u200b'])(
    'that says nothing: %j',
    (text) => {
      expect(smallTalk(text)).toBe('nothing')
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
    expect(smallTalk(text)).toBeNull()
  })

  it('is told apart at once, whatever comes', () => {
    const startedAt = performance.now()
    fc.assert(fc.property(hostileText(), (text) => void smallTalk(text)))
    for (const piece of ['hi ', 'thanks for ', ', ', ':a', ': ', 'help '])
      smallTalk(`${piece.repeat(40_000 / piece.length)}x`)
    expect(performance.now() - startedAt).toBeLessThan(1_500)
  })
})
