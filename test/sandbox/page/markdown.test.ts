import { describe, expect, it } from 'vitest'
import { type Flow, type Inline, plainFlow } from '../../../src/sandbox/page/client/text/ast.ts'
import { parseMarkdown } from '../../../src/sandbox/page/client/text/markdown.ts'
import { parseMarkdownLine } from '../../../src/sandbox/page/client/text/markdown-line.ts'
import fc from '../../support/properties.ts'
import { lettersOf, linksIn, markup } from './text-samples.ts'

const text = (words: string): Inline => ({ kind: 'text', text: words })
const paragraph = (...children: Inline[]): Flow => ({ kind: 'paragraph', children })

describe('markdown', () => {
  it.each([
    [
      '**bold** and __bold__',
      [{ kind: 'bold', children: [text('bold')] }, text(' and '), { kind: 'bold', children: [text('bold')] }],
    ],
    ['*it* _it_', [{ kind: 'italic', children: [text('it')] }, text(' '), { kind: 'italic', children: [text('it')] }]],
    ['***both***', [{ kind: 'bold', children: [{ kind: 'italic', children: [text('both')] }] }]],
    ['~~gone~~', [{ kind: 'strike', children: [text('gone')] }]],
    ['`a **b**`', [{ kind: 'code', text: 'a **b**' }]],
    ['CLEAN_TURB and RECALIB_PH', [text('CLEAN_TURB and RECALIB_PH')]],
    ['\\*not italic\\*', [text('*not italic*')]],
    [
      '[the **manual**](https://a.example/b_(c))',
      [
        {
          kind: 'link',
          url: 'https://a.example/b_(c)',
          children: [text('the '), { kind: 'bold', children: [text('manual')] }],
        },
      ],
    ],
    ['[x](javascript:alert(1))', [text('[x](javascript:alert(1))')]],
    ['<b>no</b> &lt;b&gt;', [text('<b>no</b> <b>')]],
    ['<!channel> <@U1>', [{ kind: 'broadcast', range: 'channel' }, text(' '), { kind: 'user', id: 'U1', label: null }]],
  ] as const)('reads the line %s', (source, expected) => {
    expect(parseMarkdownLine(source)).toEqual(expected)
  })

  it('reads headings, rules, quotes, code, lists in lists and tables', () => {
    const source =
      '# One\ntext\nmore\n\n---\n> quoted\n\n```sh\nls *\n```\n- a\n  1. b\n  2. c\n- d\n\n| A | B |\n|---|:-:|\n| 1 | **2** |'
    expect(parseMarkdown(source)).toEqual([
      { kind: 'heading', level: 1, children: [text('One')] },
      paragraph(text('text'), { kind: 'break' }, text('more')),
      { kind: 'rule' },
      { kind: 'quote', children: [paragraph(text('quoted'))] },
      { kind: 'pre', text: 'ls *', language: 'sh' },
      {
        kind: 'list',
        start: null,
        items: [
          [paragraph(text('a')), { kind: 'list', start: 1, items: [[paragraph(text('b'))], [paragraph(text('c'))]] }],
          [paragraph(text('d'))],
        ],
      },
      {
        kind: 'table',
        header: [[text('A')], [text('B')]],
        rows: [[[text('1')], [{ kind: 'bold', children: [text('2')] }]]],
      },
    ])
  })

  it('shows a code block whose end has not arrived yet', () => {
    expect(parseMarkdown('so:\n```js\nlet a')).toEqual([
      paragraph(text('so:')),
      { kind: 'pre', text: 'let a', language: 'js' },
    ])
  })

  it('accepts any text, whole or cut off anywhere, and makes no link that a person must not follow', () => {
    fc.assert(
      fc.property(markup, fc.nat(200), (source, cut) => {
        for (const part of [source, source.slice(0, cut)]) {
          for (const url of linksIn(parseMarkdown(part))) expect(url).toMatch(/^(?:https?|mailto):/)
        }
      }),
    )
  })

  it('loses no letter of what was written', () => {
    const parts = fc.constantFrom(
      '*',
      '**',
      '_',
      '~~',
      '`',
      ' ',
      '\n',
      '\n\n',
      '> ',
      '- ',
      '# ',
      '```',
      '~~~',
      '| ',
      'ab',
      'Cd',
      '.',
      '[',
      ']',
    )
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 40 }), (pieces) => {
        expect(lettersOf(plainFlow(parseMarkdown(pieces.join(''))))).toBe(lettersOf(pieces.join('')))
      }),
      { numRuns: 2_000 },
    )
  })

  it.each(['*a ', '**', '_', '`', '<', '> ', '- ', '  - x\n', '[', '[a](', '| a |\n|-|\n', '~~', '\\', '#', '1. '])(
    'reads 40,000 characters of %j in little time',
    (piece) => {
      const started = performance.now()
      parseMarkdown(piece.repeat(Math.floor(40_000 / piece.length)))
      expect(performance.now() - started).toBeLessThan(1_000)
    },
  )
})
