import { z } from 'zod'
import { newId } from './ids.ts'

/** Stands between an answer's text and its tool calls, so that both are learnt, and copied into, as one text. */
const MARK = '\u0001'

const ToolCalls = z.array(z.object({ function: z.object({ name: z.string(), arguments: z.string() }) }))
const Learnt = z.array(z.object({ name: z.string(), arguments: z.string() }))

export type ToolCall = { id: string; type: 'function'; function: { name: string; arguments: string } }

/** Tool calls as text to be learnt; the calls' ids are no part of what is learnt. */
export function toolText(calls: unknown): string {
  const read = ToolCalls.safeParse(calls)
  if (!read.success) return ''
  return MARK + JSON.stringify(read.data.map((call) => call.function))
}

/** Takes a learnt answer apart into its text and its tool calls. */
export function splitAnswer(answer: string): { content: string; toolCalls: ToolCall[] } {
  const at = answer.indexOf(MARK)
  if (at < 0) return { content: answer, toolCalls: [] }
  try {
    const calls = Learnt.parse(JSON.parse(answer.slice(at + 1)))
    return {
      content: answer.slice(0, at),
      toolCalls: calls.map((call) => ({ id: newId('call_'), type: 'function', function: call })),
    }
  } catch {
    return { content: answer.slice(0, at), toolCalls: [] }
  }
}
