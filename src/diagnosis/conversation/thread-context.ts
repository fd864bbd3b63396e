import { z } from 'zod'
import { type Statement, writeAnswer } from '../answer.ts'
import type { Turn } from '../prompt.ts'

/** A code that was explained in the thread, and how far its statement was given. */
const Topic = z.object({
  code: z.string(),
  devices: z.array(z.string()),
  /** 0: the recommended action; beyond the last step the fallback. */
  step: z.int().min(0),
  /** Who asked. */
  person: z.string(),
})
export type Topic = z.infer<typeof Topic>

export const ThreadContext = z.object({
  /** The newest last. */
  topics: z.array(Topic),
  /** The devices that were named last, with or without a code. */
  devices: z.array(z.string()),
  /** The codes that were proposed last, until one is chosen. */
  proposed: z.array(z.string()),
})
export type ThreadContext = z.infer<typeof ThreadContext>

export const NO_CONTEXT: ThreadContext = { topics: [], devices: [], proposed: [] }

/** More topics than this were asked long ago. */
const MAX_TOPICS = 20

/** What a reply gave, added to what the thread knew. */
export function afterReply(
  context: ThreadContext,
  given: { topics: readonly Topic[]; devices: readonly string[]; proposed: readonly string[] },
): ThreadContext {
  const isAgain = (topic: Topic) =>
    given.topics.some(({ code, person }) => code === topic.code && person === topic.person)
  return {
    topics: [...context.topics.filter((topic) => !isAgain(topic)), ...given.topics].slice(-MAX_TOPICS),
    devices: given.devices.length > 0 ? [...given.devices] : context.devices,
    proposed: given.topics.length > 0 ? [] : [...given.proposed],
  }
}

/** One code of a reply, and what was shown of it. */
type Given = { code: string | null; statement: Statement | null; step: number; devices: readonly string[] }

/** What a reply adds to the thread's context. */
export function contextOf(given: readonly Given[], person: string): Parameters<typeof afterReply>[1] {
  const topics = given.flatMap(({ code, statement, step, devices }) =>
    code && statement ? [{ code, devices: [...devices], step, person }] : [],
  )
  return { topics, devices: [...new Set(given.flatMap(({ devices }) => devices))], proposed: [] }
}

/** A turn is there to be referred to, not to be read whole; it bounds what a prompt can grow to. */
const MAX_TURN_CHARS = 600

/** The exchange as the next prompt repeats it: what a person was shown, in the form models are trained on. */
export function turnOf(question: string, given: readonly Given[]): Turn | null {
  const answer = given.flatMap(({ statement }) => (statement ? [writeAnswer(statement)] : [])).join('\n')
  return answer ? { question: questionOfTurn(question), answer: answer.slice(0, MAX_TURN_CHARS) } : null
}

/** As much of a question as a turn repeats. */
export const questionOfTurn = (question: string): string => question.slice(0, MAX_TURN_CHARS)

/** What a thread knows without one of its questions, which its person deleted or edited. */
export function withoutQuestion(
  { turns, context }: { turns: readonly Turn[]; context: ThreadContext },
  { question, codes, person }: { question: string; codes: readonly string[]; person: string },
) {
  const isGone = (topic: Topic) => topic.person === person && codes.includes(topic.code)
  return {
    turns: turns.filter((turn) => turn.question !== questionOfTurn(question)),
    context: { ...context, topics: context.topics.filter((topic) => !isGone(topic)) },
  }
}
