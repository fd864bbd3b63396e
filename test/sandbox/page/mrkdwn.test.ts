import { describe, expect, it } from 'vitest'
import { type Flow, type Inline, plainFlow } from '../../../src/sandbox/page/client/text/ast.ts'
import { parseMrkdwn, parseMrkdwnLine } from '../../../src/sandbox/page/client/text/mrkdwn.ts'
import fc from '../../support/properties.ts'
import { lettersOf, linksIn, markup } from './text-samples.ts'

const text = (words: string): Inline => ({ kind: 'text', text: words })
const line = (source: string): Inline[] => parseMrkdwnLine(source)
const paragraph = (...children: Inline[]): Flow => ({ kind: 'paragraph', children })

describe('mrkdwn', () => {
  it.each([
    ['*bold*', [{ kind: 'bold', children: [text('bold')] }]],
    ['_italic_', [{ kind: 'italic', children: [text('italic')] }]],
    ['~gone~', [{ kind: 'strike', children: [text('gone')] }]],
    ['`*code*`', [{ kind: 'code', text: '*code*' }]],
    ['*a _b_ c*', [{ kind: 'bold', children: [text('a '), { kind: 'italic', children: [text('b')] }, text(' c')] }]],
    ['a*b*c and 2 * 3 * 4', [text('a*b*c and 2 * 3 * 4')]],
    ['snake_case_name', [text('snake_case_name')]],
    ['*open', [text('*open')]],
    ['a &lt;b&gt; &amp;amp; &quot;', [text('a <b> &amp; &quot;')]],
    ['<@U0TESSA>', [{ kind: 'user', id: 'U0TESSA', label: null }]],
    ['<#C0FIELD|field-ops>', [{ kind: 'channel', id: 'C0FIELD', label: 'field-ops' }]],
    ['<!channel>', [{ kind: 'broadcast', range: 'channel' }]],
    ['<!subteam^S1|@operators>', [{ kind: 'usergroup', id: 'S1', label: '@operators' }]],
    [
      '<https://a.example/x?a=1&amp;b=2|the *manual*>',
      [{ kind: 'link', url: 'https://a.example/x?a=1&b=2', children: [text('the *manual*')] }],
    ],
    [
      'see https://a.example/x.',
      [text('see '), { kind: 'link', url: 'https://a.example/x', children: [text('https://a.example/x')] }, text('.')],
    ],
    ['<javascript:alert(1)|click>', [text('<javascript:alert(1)|click>')]],
    ['<data:text/html,x>', [text('<data:text/html,x>')]],
    [':tada:', [{ kind: 'emoji', name: 'tada', glyph: '🎉' }]],
    [':+1::skin-tone-2:', [{ kind: 'emoji', name: '+1::skin-tone-2', glyph: '👍🏻' }]],
    [':nothing_like_it: at 10:30:45', [text(':nothing_like_it: at 10:30:45')]],
    [
      '<!date^1392734382^{date_num}|then>',
      [{ kind: 'date', seconds: 1392734382, format: '{date_num}', fallback: 'then', url: null }],
    ],
    [
      '<!date^1392734382^{date}^javascript:x|then>',
      [{ kind: 'date', seconds: 1392734382, format: '{date}', fallback: 'then', url: null }],
    ],
  ] as const)('reads %s', (source, expected) => {
    expect(line(source)).toEqual(expected)
  })

  it('leaves bare addresses alone in verbatim text', () => {
    expect(parseMrkdwnLine('https://a.example', { verbatim: true })).toEqual([text('https://a.example')])
  })

  it('keeps line ends, quotes, lists and code blocks apart', () => {
    expect(parseMrkdwn('one\ntwo\n\n&gt; said\n> more\n• a\n- b\n3. c\n```x *y*\n  z```\nend')).toEqual([
      paragraph(text('one'), { kind: 'break' }, text('two')),
      { kind: 'quote', children: [paragraph(text('said'), { kind: 'break' }, text('more'))] },
      { kind: 'list', start: null, items: [[paragraph(text('a'))], [paragraph(text('b'))]] },
      { kind: 'list', start: 3, items: [[paragraph(text('c'))]] },
      { kind: 'pre', text: 'x *y*\n  z', language: '' },
      paragraph(text('end')),
    ])
  })

  it('takes >>> as a quote to the end', () => {
    expect(parseMrkdwn('a\n>>> b\nc')).toEqual([
      paragraph(text('a')),
      { kind: 'quote', children: [paragraph(text('b'), { kind: 'break' }, text('c'))] },
    ])
  })

  it('accepts any text, and makes no link that a person must not follow', () => {
    fc.assert(
      fc.property(markup, (source) => {
        const flow = parseMrkdwn(source)
        for (const url of linksIn(flow)) expect(url).toMatch(/^(?:https?|mailto):/)
      }),
    )
  })

  it('loses no letter of what was written', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('*', '_', '~', '`', '```', ' ', '\n', '> ', '• ', 'ab', 'Cd', '.', '&amp;'), {
          maxLength: 40,
        }),
        (parts) => {
          expect(lettersOf(plainFlow(parseMrkdwn(parts.join(''))))).toBe(
            lettersOf(parts.filter((part) => part !== '&amp;').join('')),
          )
        },
      ),
    )
  })

  it.each(['*a ', '_', '`', '<', '> ', '[a](', 'http://a', ':a', '```', '*_~', '&lt;'])(
    'reads 40,000 characters of %j in little time',
    (piece) => {
      const started = performance.now()
      parseMrkdwn(piece.repeat(40_000 / piece.length))
      expect(performance.now() - started).toBeLessThan(1_000)
    },
  )
})
