import type { Inline } from './ast.ts'
import { openableUrl } from './links.ts'
import { angleToken, bareUrlAt, decodeEntities, emojiAt } from './slack-tokens.ts'
import { joinSpans, type Piece } from './spans.ts'

const ESCAPE = /\\([!-/:-@[-`{-~])/y
const CODE = /(`+)([^`]+)\1/y
const ANGLE = /<([^<>\n]*)>/y
const ENTITY = /&(?:amp|lt|gt|quot|#39);/y
const LINK = /!?\[([^[\]\n]*)\]\(\s*([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+"[^"\n]*")?\s*\)/y
const RUN = /\*{1,3}|_{1,3}|~~/y
const WORD = /[\p{L}\p{N}]/u
const SPANS: Readonly<Record<string, readonly ('bold' | 'italic' | 'strike')[]>> = {
  '*': ['italic'],
  _: ['italic'],
  '**': ['bold'],
  __: ['bold'],
  '***': ['bold', 'italic'],
  ___: ['bold', 'italic'],
  '~~': ['strike'],
}
const OTHER_ENTITIES: Readonly<Record<string, string>> = { '&quot;': '"', '&#39;': "'" }

/** The spans of one line of Markdown; Slack's own `<…>` tokens work here too, as they do in Slack. */
export function parseMarkdownLine(line: string): Inline[] {
  return joinSpans(cut(line))
}

function cut(line: string): Piece[] {
  const pieces: Piece[] = []
  let plain = ''
  const flush = () => {
    if (plain !== '') pieces.push({ kind: 'node', node: { kind: 'text', text: plain } })
    plain = ''
  }
  const match = (pattern: RegExp, at: number): RegExpExecArray | null => {
    pattern.lastIndex = at
    return pattern.exec(line)
  }
  let at = 0
  while (at < line.length) {
    const char = line.charAt(at)
    const final = finalAt(line, at, char, match)
    if (final) {
      if (typeof final.node === 'string') plain += final.node
      else {
        flush()
        pieces.push({ kind: 'node', node: final.node })
      }
      at = final.end
      continue
    }
    const run = char === '*' || char === '_' || char === '~' ? match(RUN, at)?.[0] : undefined
    const spans = run === undefined ? undefined : SPANS[run]
    if (run !== undefined && spans) {
      flush()
      const [before, after] = [line.charAt(at - 1), line.charAt(at + run.length)]
      const inWord = char === '_' && WORD.test(before) && WORD.test(after)
      const opens = after !== '' && !/\s/.test(after) && !inWord
      const closes = before !== '' && !/\s/.test(before) && !inWord
      pieces.push({ kind: 'mark', mark: run, spans, opens, closes })
      at += run.length
      continue
    }
    plain += char
    at++
  }
  flush()
  return pieces
}

type Final = { node: Inline | string; end: number }

/** What is complete in itself at this place: an escape, code, a link, a token; null for ordinary text and marks. */
function finalAt(
  line: string,
  at: number,
  char: string,
  match: (pattern: RegExp, at: number) => RegExpExecArray | null,
): Final | null {
  switch (char) {
    case '\\': {
      const escaped = match(ESCAPE, at)
      return escaped && { node: escaped[1] ?? '', end: ESCAPE.lastIndex }
    }
    case '`': {
      const code = match(CODE, at)
      return code && { node: { kind: 'code', text: decodeEntities(code[2] ?? '') }, end: CODE.lastIndex }
    }
    case '<': {
      const token = angleToken(match(ANGLE, at)?.[1] ?? '')
      return token && { node: token, end: ANGLE.lastIndex }
    }
    case '&': {
      const entity = match(ENTITY, at)?.[0]
      return entity === undefined
        ? null
        : { node: OTHER_ENTITIES[entity] ?? decodeEntities(entity), end: ENTITY.lastIndex }
    }
    case ':':
      return emojiAt(line, at)
    case 'h':
      return WORD.test(line.charAt(at - 1)) ? null : bareUrlAt(line, at)
    case '!':
    case '[': {
      const found = match(LINK, at)
      const url = found && openableUrl(decodeEntities(found[2] ?? ''))
      if (!found || url === null) return null
      const children = parseMarkdownLine(found[1] === '' ? url : (found[1] ?? url))
      return { node: { kind: 'link', url, children: children.map(withoutLink) }, end: LINK.lastIndex }
    }
    default:
      return null
  }
}

/** A link inside a link's label is only its words. */
const withoutLink = (node: Inline): Inline =>
  node.kind === 'link'
    ? { kind: 'text', text: node.children.map((child) => ('text' in child ? child.text : '')).join('') }
    : node
