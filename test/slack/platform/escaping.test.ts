import { describe, expect, it } from 'vitest'
import {
  cut,
  escapeCode,
  escapeMarkdown,
  escapeMarked,
  escapeMrkdwn,
  plain,
  unescapeSlack,
} from '../../../src/slack/platform/escaping.ts'
import { hostileText, longText } from '../../support/hostile.ts'
import fc from '../../support/properties.ts'
import { foreignTokens, liveLinks } from '../../support/slack-limits.ts'

const ALL = { escapeMrkdwn, escapeMarkdown, escapeCode, escapeMarked }

describe.each(Object.entries(ALL))('%s', (_, defuse) => {
  it('leaves no token, no link, nothing unseen and no half character, whatever comes in', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const escaped = defuse(text)
        expect(escaped).not.toMatch(/[<>]/)
        expect(foreignTokens(escaped)).toEqual([])
        expect(liveLinks(escaped)).toEqual([])
        expect(escaped).not.toContain('](')
        expect(escaped).not.toMatch(/(?![\n\t])\p{Cc}/u)
        expect(escaped.replaceAll('\u200b', '')).not.toMatch(/\p{Cf}/u)
        expect(escaped.isWellFormed()).toBe(true)
      }),
      { numRuns: 400 },
    )
  })

  it('leaves plain words alone', () => {
    const words = 'Turbidity sensor occlusion: clean it, wait 10 min (E-02, 15 %). Größe 5 µm 🔧'
    expect(defuse(words)).toBe(words)
  })

  it('can be cut anywhere and still holds no token', () => {
    fc.assert(
      fc.property(hostileText(), fc.integer({ min: 1, max: 80 }), (text, most) => {
        const short = cut(defuse(text), most)
        expect(short.length).toBeLessThanOrEqual(most)
        expect(short).not.toMatch(/[<>]/)
        expect(short.isWellFormed()).toBe(true)
        // An entity that lost its end would be read as text.
        if (defuse !== escapeMarkdown) expect(short).not.toMatch(/&(?!amp;|lt;|gt;)/)
      }),
      { numRuns: 400 },
    )
  })
})

describe('escaping', () => {
  it.each(['<!channel>', '<!here>', '<@U0TECH0001>', '<#C0FIELD001>', '<https://evil.example|click>'])(
    'defuses %s',
    (token) => {
      expect(escapeMrkdwn(token)).toMatch(/^&lt;.*&gt;$/)
      expect(escapeMarkdown(token)).toMatch(/^‹.*›$/)
    },
  )

  it('keeps what was escaped before as the text it is', () => {
    expect(escapeMrkdwn('&lt;!channel&gt;')).toBe('&amp;lt;!channel&amp;gt;')
    expect(escapeMarkdown('a & b')).toBe('a & b')
  })

  it.each([
    'https://evil.example',
    '_https://evil.example_',
    '1http://evil.example',
    'https://evil.examplehttps://evil.example',
    'HTTPS://x',
    'mailto:a@b.example',
  ])('keeps %s from becoming a link', (text) => {
    expect(liveLinks(escapeMrkdwn(text))).toEqual([])
    expect(escapeMrkdwn(text).replaceAll('\u200b', '')).toBe(text)
  })

  it('keeps a markdown link from becoming one', () => {
    expect(escapeMarkdown('[Reset here](https://evil.example)')).not.toMatch(/\]\(/)
  })

  it('lets nothing break out of code or of bold', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        expect(escapeCode(text)).not.toMatch(/[`\n]/)
        expect(escapeMarked(text)).not.toMatch(/[*_~`]/)
      }),
    )
  })

  it('gives a person’s own words back', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const asSlackSends = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
        expect(unescapeSlack(asSlackSends)).toBe(text.replaceAll('\u0000', ''))
      }),
    )
  })
})

describe('cut', () => {
  it('keeps to the limit, loses nothing that fits, and shows that it cut', () => {
    fc.assert(
      fc.property(longText, fc.constantFrom(1, 2, 24, 75, 3_000), (text, most) => {
        const short = cut(text, most)
        expect(short.length).toBeLessThanOrEqual(most)
        if (text.length <= most) expect(short).toBe(text)
        else expect(short.endsWith('…')).toBe(true)
      }),
    )
  })

  it('never halves a character or an entity', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('🔧', '&amp;', '&lt;', '&gt;', 'a', 'é')),
        fc.integer({ min: 1, max: 30 }),
        (pieces, most) => {
          const short = cut(pieces.join(''), most)
          expect(short.isWellFormed()).toBe(true)
          expect(short).not.toMatch(/&(?!amp;|lt;|gt;)/)
        },
      ),
    )
  })
})

describe('plain', () => {
  it('holds nothing unseen', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        expect(plain(text)).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}]/u)
        expect(plain(text).isWellFormed()).toBe(true)
      }),
    )
  })
})
