import { describe, expect, it } from 'vitest'
import { createCompose, escapeText, richText, unescapeText } from '../../../src/sandbox/workspace/escaping.ts'
import { CHANNELS, PEOPLE, SEED_CHANNELS, SEED_PEOPLE } from '../../../src/sandbox/workspace/state/seed.ts'
import fc from '../../support/properties.ts'

const compose = createCompose(SEED_PEOPLE, SEED_CHANNELS)
const TOKEN = /<(?:@U[A-Z0-9]+|#C[A-Z0-9]+\|[\w-]+|!(?:here|channel|everyone)|https?:\/\/[^<>]+)>/gi

describe('what people type', () => {
  it.each([
    ['a < b && c > d', 'a &lt; b &amp;&amp; c &gt; d'],
    ['@hydrocore hi', `<@${PEOPLE.bot}> hi`],
    ['@HydroCore Assistant: E-02?', `<@${PEOPLE.bot}>: E-02?`],
    ['(@TESSA)', `(<@${PEOPLE.technician}>)`],
    ['me@hydrocore.example', 'me@hydrocore.example'],
    ['@tessaline', '@tessaline'],
    ['@nobody', '@nobody'],
    ['see #field-support, #fields', `see <#${CHANNELS.fieldSupport}|field-support>, #fields`],
    ['@channel look', '<!channel> look'],
    ['https://a.example/x?a=1&b=2.', '<https://a.example/x?a=1&amp;b=2>.'],
    ['<@U0NOBODY01> <script>', '&lt;@U0NOBODY01&gt; &lt;script&gt;'],
  ])('%j is stored as %j', (typed, stored) => {
    expect(compose(typed)).toBe(stored)
  })

  it("keeps what Slack's own client has already written", () => {
    const sent = `<@${PEOPLE.bot}> a &lt; b &amp; c <#${CHANNELS.fieldSupport}|field-support> <https://a.example|A>`
    expect(compose(sent)).toBe(sent)
  })

  it('is stored with no markup but known tokens', () => {
    const hostile = ['<', '>', '&', '&amp;', '&lt', '@tessa', '@hydrocore', '#general', '<!channel>', '<@U1>', ' ', '|']
    const links = ['https://x.example/', 'http://', 'https://x.example/?a=1&amp;b', '<https://x.example|y>']
    const piece = fc.oneof(fc.string(), fc.constantFrom(...hostile, ...links))
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const stored = compose(pieces.join(''))
        expect(stored.replaceAll(TOKEN, '')).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)/)
      }),
    )
  })

  it("stays as it is where it is already written Slack's way", () => {
    const token = fc.constantFrom(
      `<@${PEOPLE.bot}>`,
      '<!here>',
      `<#${CHANNELS.general}|general>`,
      '<https://a.example/?b&c>',
    )
    const escaped = fc.string().map((text) => escapeText(text.replaceAll(/[@#]|https?:/g, '')))
    fc.assert(
      fc.property(fc.array(fc.oneof(token, escaped)), (pieces) => {
        expect(compose(pieces.join(' '))).toBe(pieces.join(' '))
      }),
    )
  })

  it('says the same as rich text', () => {
    const { elements } = richText(compose('@tessa see https://a.example/?a&b & #general <b>'), 'b1')
    expect(elements).toEqual([
      {
        type: 'rich_text_section',
        elements: [
          { type: 'user', user_id: PEOPLE.technician },
          { type: 'text', text: ' see ' },
          { type: 'link', url: 'https://a.example/?a&b' },
          { type: 'text', text: ' & ' },
          { type: 'channel', channel_id: CHANNELS.general },
          { type: 'text', text: ' <b>' },
        ],
      },
    ])
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(unescapeText(escapeText(text))).toBe(text)
      }),
    )
  })
})
