import { describe, expect, it } from 'vitest'
import { SHARED_WORDS } from '../../../src/slack/blocks/words.ts'
import { createStreamText, postedText } from '../../../src/slack/progress/live-text.ts'
import { hostileText } from '../../support/hostile.ts'
import fc from '../../support/properties.ts'

/** A text as it grows: the same words, cut anywhere. */
const growing = (text: fc.Arbitrary<string>) =>
  fc
    .tuple(text, fc.array(fc.nat(), { maxLength: 12 }))
    .map(([whole, cuts]) =>
      [...cuts.map((at) => at % (whole.length + 1)).sort((a, b) => a - b), whole.length].map((at) =>
        whole.slice(0, at),
      ),
    )

const streamed = (texts: readonly string[]) => {
  const words = createStreamText()
  return texts.map((text) => words.next(text))
}

describe('the words of a stream', () => {
  it('begin with what they are, come as whole words, and end where the last word may still change', () => {
    expect(streamed(['Turb', 'Turbidity sen', 'Turbidity sensor is', 'Turbidity sensor is'])).toEqual([
      `_${SHARED_WORDS.unchecked}_\n\n`,
      'Turbidity ',
      'sensor ',
      '',
    ])
  })

  it('are the same however the text was cut', () => {
    fc.assert(
      fc.property(growing(hostileText()), (texts) => {
        const whole = streamed([texts.at(-1) ?? ''])[0]
        const pieces = streamed(texts)
        if (whole !== null && !pieces.includes(null)) expect(pieces.join('')).toBe(whole)
      }),
    )
  })

  it('never mention, link or address anybody', () => {
    fc.assert(
      fc.property(growing(hostileText()), (texts) => {
        const said = streamed(texts).join('')
        expect(said).not.toMatch(/[<>]/)
        expect(said).not.toMatch(/\]\(/)
        expect(said).not.toMatch(/https?:[^\s\u200b]/)
      }),
    )
  })

  it('stop before the message is full, and say so', () => {
    const texts = Array.from({ length: 40 }, (_, i) => 'täglich ein klares Wort '.repeat((i + 1) * 20))
    const pieces = streamed(texts)
    expect(pieces).toContain(null)
    const bytes = Buffer.byteLength(pieces.filter((piece) => piece !== null).join(''))
    expect(bytes).toBeGreaterThan(8_000)
    expect(bytes).toBeLessThanOrEqual(9_000)
  })

  it('come in scripts without spaces as well', () => {
    expect(streamed(['传感器堵塞。请清', '传感器堵塞。请清洗，然后'])).toEqual([
      `_${SHARED_WORDS.unchecked}_\n\n传感器堵塞。`,
      '请清洗，',
    ])
  })
})

it('a message that is updated says the same, within the limit of an update', () => {
  expect(postedText('Turbidity sen')).toBe(`_${SHARED_WORDS.unchecked}_\nTurbidity  …`)
  fc.assert(
    fc.property(hostileText(), (text) => {
      expect(postedText(text.repeat(60)).length).toBeLessThanOrEqual(4_000)
      expect(postedText(text)).not.toMatch(/[<>]/)
    }),
  )
})
