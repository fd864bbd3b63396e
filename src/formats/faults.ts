import { CHECKED_ON, TARGETS, type Target, type TargetName } from './targets.ts'

/**
 * What can be wrong with a training file. The first six are the names of OpenAI's own checker, so that a search finds
 * them; the others have no name there.
 */
export type FaultKind =
  | 'data_type'
  | 'missing_messages_list'
  | 'message_missing_key'
  | 'message_unrecognized_key'
  | 'unrecognized_role'
  | 'missing_content'
  | 'example_missing_assistant_message'
  | 'invalid_json'
  | 'invalid_text'
  | 'missing_key'
  | 'unrecognized_key'
  | 'duplicate_key'
  | 'mixed_shapes'
  | 'roles_do_not_alternate'
  | 'system_not_first'
  | 'last_message_not_assistant'
  | 'last_message_is_assistant'
  | 'number_of_outputs'
  | 'equal_pair'
  | 'invalid_label'
  | 'invalid_weight'
  | 'invalid_tool_call'
  | 'special_token'
  | 'byte_order_mark'
  | 'too_few_examples'
  | 'too_many_examples'
  | 'file_too_large'

/** `line` counts from 1 and is null for a fault of the whole file; `name` is the trainer's. */
export type Fault = { line: number | null; name: string; message: string }

/** Faults of one line as they're found, before they get the trainer's names. */
export type Note = (kind: FaultKind, message: string) => void

/** Faults of the file as a whole: how much of it there is. */
export function sizeFaults(name: TargetName, { rows, bytes }: { rows: number; bytes: number }): Fault[] {
  const target: Target = TARGETS[name]
  const asOf = `(${target.title}, as of ${CHECKED_ON})`
  const faults: Fault[] = []
  const note = (kind: FaultKind, message: string) => faults.push({ line: null, name: nameOf(target, kind), message })
  if (rows < target.fewestRows)
    note(
      'too_few_examples',
      `the file has ${rows} ${rows === 1 ? 'example' : 'examples'}, and ${target.fewestRows} are needed ${asOf}`,
    )
  if (rows > target.mostRows)
    note('too_many_examples', `the file has ${rows} examples, and ${target.mostRows} are the most ${asOf}`)
  if (bytes > target.mostBytes)
    note('file_too_large', `the file is larger than ${Math.round(target.mostBytes / 1024 ** 2)} MB ${asOf}`)
  return faults
}

export function nameOf(target: Target, kind: FaultKind): string {
  return target.names[kind] ?? kind
}

/** `<|im_start|>` and the like control models; trainers refuse files that contain them. */
const SPECIAL_TOKEN = /<\|[a-z_]{2,40}\|>/i

export function specialTokenIn(text: string): string | null {
  return text.includes('<|') ? (SPECIAL_TOKEN.exec(text)?.[0] ?? null) : null
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A foreign value, short enough for a message. */
export function shown(value: unknown): string {
  const text = written(value)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

function written(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'none'
  } catch {
    // Nested deeper than the stack allows.
    return 'too deep to be shown'
  }
}

/** Two texts that teach no preference: equal but for spaces. */
export function saysTheSame(a: string, b: string): boolean {
  return a === b || a.replace(/\s+/g, ' ').trim() === b.replace(/\s+/g, ' ').trim()
}
