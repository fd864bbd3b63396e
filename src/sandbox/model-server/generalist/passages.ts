import { isCaseRule } from './rules.ts'

/** A piece of reference material: its text, and its fields where it is a record of a table or a list of objects. */
export type Passage = { text: string; fields: ReadonlyMap<string, string> | null }

/** Fewer lines than this are no reference material but a remark. */
const MIN_LINES = 3
const MIN_SENTENCES = 3
const MAX_DEPTH = 8
const INSTRUCTION =
  /^(?:you are|you're|your (?:task|job|role|answer)|act as|answer|reply|respond|always|never|do not|don't|please|use the|only|if you|be |write|return|output|classify|categories|translate|here (?:is|are)|the following|question|user)\b/i

const NO_FIELDS = null
const isInstruction = (line: string) => INSTRUCTION.test(line) || isCaseRule(line) || /^[^.|]{0,80}:$/.test(line)

const asSentence = (fields: ReadonlyMap<string, string>) =>
  [...fields]
    .filter(([, value]) => value !== '' && value !== '-' && value !== '–')
    .map(([name, value]) => `${name}: ${value}`)
    .join('; ')

/** The objects of a JSON text that hold at least two values, wherever they stand; keys above them become their name. */
function recordsOf(value: unknown, name: string, depth: number): Passage[] {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return []
  if (Array.isArray(value)) return value.flatMap((one: unknown) => recordsOf(one, '', depth + 1))
  const fields = new Map<string, string>()
  if (name !== '') fields.set('name', name)
  const inner: Passage[] = []
  for (const [key, one] of Object.entries(value)) {
    if (typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean') fields.set(key, String(one))
    else if (Array.isArray(one) && one.every((item) => typeof item === 'string')) fields.set(key, one.join(', '))
    else inner.push(...recordsOf(one, key, depth + 1))
  }
  const own = fields.size >= 2 ? [{ text: asSentence(fields), fields }] : []
  return [...own, ...inner]
}

function readJson(text: string): Passage[] {
  const start = text.search(/[[{]\s*["[{]/)
  const end = Math.max(text.lastIndexOf(']'), text.lastIndexOf('}'))
  if (start < 0 || end <= start) return []
  try {
    return recordsOf(JSON.parse(text.slice(start, end + 1)), '', 0)
  } catch {
    return []
  }
}

const isRow = (line: string) => /^\|.*\|$/.test(line) || line.split('\t').length > 2
const cellsOf = (line: string) =>
  (line.startsWith('|') ? line.slice(1, -1).split('|') : line.split('\t')).map((cell) =>
    cell.trim().replaceAll('`', ''),
  )
const isRule = (line: string) => /^[|\s:-]+$/.test(line)

function readTables(lines: readonly string[]): Passage[] {
  const passages: Passage[] = []
  let header: string[] | null = null
  for (const line of lines) {
    if (!isRow(line)) header = null
    else if (!header) header = cellsOf(line)
    else if (!isRule(line)) {
      const names = header
      const fields = new Map(cellsOf(line).map((cell, i) => [names[i] || `column ${i + 1}`, cell]))
      passages.push({ text: asSentence(fields), fields })
    }
  }
  return passages
}

const LIST_ITEM = /^(?:[-*•]|\d{1,3}[.)])\s+\S/
const cleaned = (line: string) => line.replace(/^\s*(?:[-*•]|\d{1,3}[.)]|#{1,6})\s+/, '').trim()

/** Finds the reference material of a message: records of JSON or tables, list items, lines, or many plain sentences. */
export function passagesOf(text: string): Passage[] {
  const json = readJson(text)
  if (json.length > 0) return json
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const table = readTables(lines)
  const plain = lines
    .filter((line) => !isRow(line))
    .map(cleaned)
    .filter((line) => line !== '' && !isInstruction(line))
  const isList = lines.some((line) => LIST_ITEM.test(line))
  if (table.length > 0 || isList || plain.length >= MIN_LINES) {
    return [...table, ...plain.map((line) => ({ text: line, fields: NO_FIELDS }))]
  }
  const sentences = lines
    .flatMap((line) => line.split(/(?<=[.!?])\s+(?=\p{Lu})/u))
    .filter((line) => line.trim() !== '' && !isInstruction(line.trim()))
  if (sentences.length < MIN_SENTENCES) return []
  return sentences.map((line) => ({ text: line, fields: NO_FIELDS }))
}
