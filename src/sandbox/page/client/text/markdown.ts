import type { Flow, Inline } from './ast.ts'
import { parseMarkdownLine } from './markdown-line.ts'

/** Deeper nesting than a person can read is shown as text; it also bounds the work on hostile input. */
const MAX_DEPTH = 6

const FENCE = /^ {0,3}(```+|~~~+) *([^\s`~]*) *$/
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/
const RULE = /^ {0,3}(?:(?:- *){3,}|(?:\* *){3,}|(?:_ *){3,})$/
const QUOTE = /^ {0,3}(?:>|&gt;) ?/
const ITEM = /^( *)(?:[-*+•]|(\d{1,9})[.)])( +)(?=\S)/
const TABLE_RULE = /^ *\|? *:?-+:? *(?:\| *:?-+:? *)*\|? *$/

/**
 * Reads the Markdown that models write and Slack's `markdown` block shows: headings, lists, quotes, code, tables, links
 * and spans. Any string is accepted, whole or cut off in the middle of a stream; HTML stays text.
 */
export function parseMarkdown(source: string): Flow[] {
  return parseLines(source.replaceAll('\r\n', '\n').replaceAll('\t', '    ').split('\n'), 0)
}

function parseLines(lines: readonly string[], depth: number): Flow[] {
  const out: Flow[] = []
  let at = 0
  while (at < lines.length) {
    const line = lines[at] ?? ''
    const [, fence, language = ''] = FENCE.exec(line) ?? []
    const heading = HEADING.exec(line)
    if (line.trim() === '') at++
    else if (fence !== undefined) {
      const end = lines.findIndex((each, index) => index > at && closes(each.trim(), fence))
      const stop = end < 0 ? lines.length : end
      out.push({ kind: 'pre', text: lines.slice(at + 1, stop).join('\n'), language })
      at = stop + 1
    } else if (heading) {
      out.push({ kind: 'heading', level: heading[1]?.length ?? 1, children: parseMarkdownLine(heading[2] ?? '') })
      at++
    } else if (RULE.test(line)) {
      out.push({ kind: 'rule' })
      at++
    } else if (QUOTE.test(line) && depth < MAX_DEPTH) {
      const stop = endOf(lines, at, (each) => QUOTE.test(each))
      const quoted = lines.slice(at, stop).map((each) => each.replace(QUOTE, ''))
      out.push({ kind: 'quote', children: parseLines(quoted, depth + 1) })
      at = stop
    } else if (ITEM.test(line) && depth < MAX_DEPTH) {
      const list = parseList(lines, at, depth)
      out.push(list.flow)
      at = list.end
    } else if (line.includes('|') && TABLE_RULE.test(lines[at + 1] ?? '') && (lines[at + 1] ?? '').includes('-')) {
      const stop = endOf(lines, at + 2, (each) => each.includes('|'))
      const rows = lines.slice(at + 2, stop).map(cells)
      out.push({ kind: 'table', header: cells(line), rows })
      at = stop
    } else {
      const stop = Math.max(
        at + 1,
        endOf(lines, at, (each) => !startsBlock(each, depth)),
      )
      out.push({ kind: 'paragraph', children: joined(lines.slice(at, stop)) })
      at = stop
    }
  }
  return out
}

const startsBlock = (line: string, depth: number): boolean =>
  line.trim() === '' ||
  FENCE.test(line) ||
  HEADING.test(line) ||
  RULE.test(line) ||
  (depth < MAX_DEPTH && (QUOTE.test(line) || ITEM.test(line)))

/** Code ends at a line of nothing but as many of the same marks, or more. */
const closes = (line: string, fence: string): boolean =>
  line.startsWith(fence) && line === fence.charAt(0).repeat(line.length)

function endOf(lines: readonly string[], from: number, belongs: (line: string) => boolean): number {
  let end = from
  while (end < lines.length && belongs(lines[end] ?? '')) end++
  return end
}

/** A list runs while its items have the same indent; deeper lines belong to the item above them. */
function parseList(lines: readonly string[], from: number, depth: number): { flow: Flow; end: number } {
  const first = ITEM.exec(lines[from] ?? '')
  const indent = first?.[1]?.length ?? 0
  const start = first?.[2] === undefined ? null : Number(first[2])
  const items: string[][] = []
  let at = from
  for (; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const item = ITEM.exec(line)
    const sameKind = item !== null && (item[2] === undefined) === (start === null)
    if (item && (item[1]?.length ?? 0) <= indent + 1) {
      if (!sameKind || (item[1]?.length ?? 0) < indent) break
      items.push([line.slice(item[0].length)])
    } else if (line.trim() === '') {
      const next = lines[at + 1] ?? ''
      if (!/^ +\S/.test(next) && !ITEM.test(next)) break
      items.at(-1)?.push('')
    } else if (line.search(/\S/) > indent) {
      items.at(-1)?.push(line.slice(Math.min(line.search(/\S/), indent + 2)))
    } else break
  }
  return { flow: { kind: 'list', start, items: items.map((item) => parseLines(item, depth + 1)) }, end: at }
}

const cells = (line: string): Inline[][] =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => parseMarkdownLine(cell.trim().replaceAll('\\|', '|')))

/** Slack keeps the line ends of a paragraph, where a web page would join the lines. */
const joined = (lines: readonly string[]): Inline[] =>
  lines.flatMap((line, index): Inline[] => {
    const words = parseMarkdownLine(line.trim())
    return index === 0 ? words : [{ kind: 'break' }, ...words]
  })
