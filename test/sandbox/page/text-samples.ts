import type { Flow, Inline } from '../../../src/sandbox/page/client/text/ast.ts'
import fc from '../../support/properties.ts'

/** Text that is full of what the parsers look for, whole and broken. */
export const markup = fc
  .array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          '*',
          '**',
          '_',
          '~',
          '~~',
          '`',
          '```',
          '<',
          '>',
          '|',
          '[',
          '](',
          ')',
          '\n',
          '> ',
          '- ',
          '1. ',
          '# ',
          '\\',
          '&lt;',
          '&amp;',
          ':',
          '!',
        ),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          '<@U1>',
          '<#C1|x>',
          '<!here>',
          '<https://a.example|b>',
          'javascript:alert(1)',
          'https://a.example',
          '<javascript:x|y>',
          '[a](javascript:x)',
          '[a](data:x)',
          '<!date^1^{date}^vbscript:x|y>',
          ':tada:',
          '<script>alert(1)</script>',
        ),
      },
      { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }) },
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''))

export const lettersOf = (text: string): string => text.replace(/[^a-z]/gi, '')

const linksOf = (nodes: readonly Inline[]): string[] =>
  nodes.flatMap((node) => {
    if (node.kind === 'link') return [node.url, ...linksOf(node.children)]
    if (node.kind === 'date') return node.url === null ? [] : [node.url]
    return 'children' in node ? linksOf(node.children) : []
  })

export const linksIn = (blocks: readonly Flow[]): string[] =>
  blocks.flatMap((block) => {
    switch (block.kind) {
      case 'paragraph':
      case 'heading':
        return linksOf(block.children)
      case 'quote':
        return linksIn(block.children)
      case 'list':
        return block.items.flatMap(linksIn)
      case 'table':
        return [block.header, ...block.rows].flat().flatMap(linksOf)
      default:
        return []
    }
  })
