import type { Flow, Inline } from './ast.ts'
import { angleToken, bareUrlAt, decodeEntities, emojiAt } from './slack-tokens.ts'
import { joinSpans, type Piece } from './spans.ts'

export type MrkdwnOptions = {
  /** Slack's `verbatim: true`: bare addresses stay text. */
  verbatim?: boolean
}

/** Reads Slack's mrkdwn. Any string is accepted; what is no markup stays the text it was. */
export function parseMrkdwn(source: string, options: MrkdwnOptions = {}): Flow[] {
  return source
    .replaceAll('\r\n', '\n')
    .split(/(```[\s\S]*?```)/)
    .flatMap((part, index): Flow[] => {
      if (index % 2 === 0) return parseLines(trimAround(part, index > 0), options)
      return [{ kind: 'pre', text: preText(part.slice(3, -3)), language: '' }]
    })
}

/** One line without paragraphs, lists or quotes: for labels and option texts. */
export function parseMrkdwnLine(source: string, options: MrkdwnOptions = {}): Inline[] {
  return joinSpans(cutLine(source.replace(/\s*\n\s*/g, ' '), options))
}

/** The line ends that touch a code block belong to its fence. */
const trimAround = (part: string, followsFence: boolean): string =>
  (followsFence ? part.replace(/^ *\n/, '') : part).replace(/\n$/, '')

const preText = (raw: string): string =>
  decodeEntities(
    raw.replace(/^\n|\n$/g, '').replace(/<([^<>\n|]*)(?:\|([^<>\n]*))?>/g, (_, url, label) => label ?? url),
  )

const QUOTE = /^(?:&gt;|>) ?/
const REST_QUOTE = /^(?:&gt;&gt;&gt;|>>>) ?/
const BULLET = /^\s*[•◦▪-]\s+(?=\S)/
const NUMBER = /^\s*(\d{1,9})[.)]\s+(?=\S)/

function parseLines(source: string, options: MrkdwnOptions): Flow[] {
  if (source === '') return []
  const lines = source.split('\n')
  const out: Flow[] = []
  const inline = (line: string): Inline[] => joinSpans(cutLine(line, options))
  let at = 0
  const take = (wanted: (line: string) => boolean): string[] => {
    const start = at
    while (at < lines.length && wanted(lines[at] ?? '')) at++
    return lines.slice(start, at)
  }
  while (at < lines.length) {
    const line = lines[at] ?? ''
    if (line.trim() === '') at++
    else if (REST_QUOTE.test(line)) {
      const rest = [line.replace(REST_QUOTE, ''), ...lines.slice(at + 1)]
      out.push({ kind: 'quote', children: [paragraph(rest, inline)] })
      at = lines.length
    } else if (QUOTE.test(line)) {
      const quoted = take((each) => QUOTE.test(each) && !REST_QUOTE.test(each))
      out.push({
        kind: 'quote',
        children: [
          paragraph(
            quoted.map((each) => each.replace(QUOTE, '')),
            inline,
          ),
        ],
      })
    } else if (BULLET.test(line)) {
      const items = take((each) => BULLET.test(each))
      out.push({
        kind: 'list',
        start: null,
        items: items.map((each) => [paragraph([each.replace(BULLET, '')], inline)]),
      })
    } else if (NUMBER.test(line)) {
      const start = Number(NUMBER.exec(line)?.[1])
      const items = take((each) => NUMBER.test(each))
      out.push({ kind: 'list', start, items: items.map((each) => [paragraph([each.replace(NUMBER, '')], inline)]) })
    } else {
      const plain = (each: string) =>
        each.trim() !== '' && !QUOTE.test(each) && !BULLET.test(each) && !NUMBER.test(each)
      out.push(paragraph(take(plain), inline))
    }
  }
  return out
}

const paragraph = (lines: readonly string[], inline: (line: string) => Inline[]): Flow => ({
  kind: 'paragraph',
  children: lines.flatMap((line, index): Inline[] =>
    index === 0 ? inline(line) : [{ kind: 'break' }, ...inline(line)],
  ),
})

const CODE = /`([^`]+)`/y
const ANGLE = /<([^<>]*)>/y
const ENTITY = /&(?:amp|lt|gt);/y
const SPAN = { '*': ['bold'], _: ['italic'], '~': ['strike'] } as const
const WORD = /[\p{L}\p{N}]/u

/** Cuts a line into final pieces and marks, in one pass. */
function cutLine(line: string, options: MrkdwnOptions): Piece[] {
  const pieces: Piece[] = []
  let plain = ''
  const flush = () => {
    if (plain !== '') pieces.push({ kind: 'node', node: { kind: 'text', text: plain } })
    plain = ''
  }
  const node = (value: Inline, end: number): number => {
    flush()
    pieces.push({ kind: 'node', node: value })
    return end
  }
  const match = (pattern: RegExp, at: number): RegExpExecArray | null => {
    pattern.lastIndex = at
    return pattern.exec(line)
  }
  let at = 0
  while (at < line.length) {
    const char = line.charAt(at)
    const before = line.charAt(at - 1)
    if (char === '`') {
      const code = match(CODE, at)
      if (code) {
        at = node({ kind: 'code', text: decodeEntities(code[1] ?? '') }, CODE.lastIndex)
        continue
      }
    } else if (char === '<') {
      const token = angleToken(match(ANGLE, at)?.[1] ?? '')
      if (token) {
        at = node(token, ANGLE.lastIndex)
        continue
      }
    } else if (char === '&') {
      const entity = match(ENTITY, at)
      if (entity) {
        plain += decodeEntities(entity[0])
        at = ENTITY.lastIndex
        continue
      }
    } else if (char === ':') {
      const emoji = emojiAt(line, at)
      if (emoji) {
        at = node(emoji.node, emoji.end)
        continue
      }
    } else if (char === 'h' && !options.verbatim && !WORD.test(before)) {
      const link = bareUrlAt(line, at)
      if (link) {
        at = node(link.node, link.end)
        continue
      }
    } else if (char === '*' || char === '_' || char === '~') {
      const after = line.charAt(at + 1)
      flush()
      pieces.push({
        kind: 'mark',
        mark: char,
        spans: SPAN[char],
        opens: !WORD.test(before) && before !== char && after !== '' && after !== char && !/\s/.test(after),
        closes: before !== '' && before !== char && !/\s/.test(before) && !WORD.test(after),
      })
      at++
      continue
    }
    plain += char
    at++
  }
  flush()
  return pieces
}
