/** What both text parsers produce and the one renderer draws. */
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'bold' | 'italic' | 'strike'; children: readonly Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'link'; url: string; children: readonly Inline[] }
  | { kind: 'user' | 'channel' | 'usergroup'; id: string; label: string | null }
  | { kind: 'broadcast'; range: string }
  | { kind: 'date'; seconds: number; format: string; fallback: string; url: string | null }
  | { kind: 'emoji'; name: string; glyph: string }
  | { kind: 'break' }

export type Flow =
  | { kind: 'paragraph'; children: readonly Inline[] }
  | { kind: 'heading'; level: number; children: readonly Inline[] }
  | { kind: 'quote'; children: readonly Flow[] }
  | { kind: 'pre'; text: string; language: string }
  | { kind: 'list'; start: number | null; items: readonly (readonly Flow[])[] }
  | { kind: 'table'; header: readonly (readonly Inline[])[]; rows: readonly (readonly (readonly Inline[])[])[] }
  | { kind: 'rule' }

/** The words a reader would hear, without any formatting. */
function plainInline(nodes: readonly Inline[]): string {
  return nodes
    .map((node) => {
      switch (node.kind) {
        case 'text':
        case 'code':
          return node.text
        case 'bold':
        case 'italic':
        case 'strike':
        case 'link':
          return plainInline(node.children)
        case 'user':
          return `@${node.label ?? node.id}`
        case 'channel':
          return `#${node.label ?? node.id}`
        case 'usergroup':
          return node.label ?? `@${node.id}`
        case 'broadcast':
          return `@${node.range}`
        case 'date':
          return node.fallback
        case 'emoji':
          return node.glyph
        case 'break':
          return '\n'
        default:
          return node satisfies never
      }
    })
    .join('')
}

export function plainFlow(blocks: readonly Flow[]): string {
  return blocks
    .map((block) => {
      switch (block.kind) {
        case 'paragraph':
        case 'heading':
          return plainInline(block.children)
        case 'quote':
          return plainFlow(block.children)
        case 'pre':
          return `${block.language}\n${block.text}`
        case 'list':
          return block.items.map(plainFlow).join('\n')
        case 'table':
          return [block.header, ...block.rows].map((row) => row.map(plainInline).join(' ')).join('\n')
        case 'rule':
          return ''
        default:
          return block satisfies never
      }
    })
    .join('\n')
}
