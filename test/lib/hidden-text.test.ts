import { describe, expect, it } from 'vitest'
import { foldConfusables } from '../../src/lib/confusables.ts'
import { hasHidden, withoutHidden } from '../../src/lib/hidden-text.ts'
import { hostileText } from '../support/hostile.ts'
import fc from '../support/properties.ts'

const HIDDEN = [
  ...['\u00ad', '\u034f', '\u061c', '\u115f', '\u1160', '\u17b4', '\u17b5', '\u180b', '\u180e', '\u200b', '\u200e'],
  ...['\u200f', '\u202e', '\u2060', '\u2069', '\u3164', '\ufe00', '\ufe0f', '\ufeff', '\uffa0', '\ue000', '\u{e0041}'],
  ...['\u{e0100}', '\u{e01ef}', '\u{f0000}'],
]

describe('hidden text', () => {
  it.each(HIDDEN)('%j is taken out, wherever it stands', (char) => {
    expect(withoutHidden(`E${char}-0${char}2${char}`)).toBe('E-02')
    expect(hasHidden(char)).toBe(true)
  })

  it('leaves what people read: other scripts, joined emoji, measured values', () => {
    for (const text of ['pH 7,1 → 7.9 ±0.2 °C', 'Trübung, température, medición', 'می‌خواهم', '👩‍🔧', '温度'])
      expect(withoutHidden(text)).toBe(text)
  })

  it('is gone after one pass, whatever the text', () => {
    fc.assert(fc.property(hostileText(), (text) => !hasHidden(withoutHidden(text))))
  })
})

describe('letters and digits of other scripts', () => {
  it.each([
    ['Е-01', 'E-01'],
    ['Ε-٠٢', 'E-02'],
    ['W-१०', 'W-10'],
    ['НС5000-А-1138', 'HC5000-A-1138'],
    ['е०۵', 'e05'],
  ])('%s reads as %s', (text, latin) => {
    expect(foldConfusables(text)).toBe(latin)
  })

  it('keep their places, and Latin text as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect([...foldConfusables(text)]).toHaveLength([...text].length)
      }),
    )
    expect(foldConfusables('E-02 Größe')).toBe('E-02 Größe')
  })
})
