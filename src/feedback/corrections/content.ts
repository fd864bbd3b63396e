import { createHash } from 'node:crypto'
import { parseAnswer, type Statement, writeAnswer } from '../../diagnosis/answer.ts'
import { writeDecline } from '../../diagnosis/decline.ts'
import { buildClassifierPrompt, buildPrompt } from '../../diagnosis/prompt.ts'
import type { CanonicalRow } from '../../formats/writing.ts'

/** The reason that says no answer would have been right. Such a correction teaches to decline. */
export const DECLINE = 'should_not_have_answered'

/**
 * What a correction teaches. For a log line, `question` is the line and `code` its category; a decline names no
 * problem.
 */
export type Content = Statement & { kind: 'answer' | 'log'; question: string; reason: string }

/** The part of a row, or of a checked form, that is taught. */
export function contentOf({ kind, question, code, problem, action, command, fallback, reason }: Content): Content {
  return { kind, question, code, problem, action, command, fallback, reason }
}

export function isDeclining({ kind, reason }: Pick<Content, 'kind' | 'reason'>): boolean {
  return kind === 'answer' && reason === DECLINE
}

/** Equal for corrections that teach the same. */
export function contentKey(content: Content): string {
  const { kind, question, code, problem, action, command, fallback } = content
  const taught = [question, code, problem, action, command, fallback, isDeclining(content)]
  return sha256(JSON.stringify(kind === 'answer' ? taught : [kind, ...taught]))
}

/** Equal for questions that differ only in case, punctuation and spaces. */
export function questionHash(question: string): string {
  const words = question
    .toLowerCase()
    .replace(/[^\p{L}\p{N}%-]+/gu, ' ')
    .trim()
  return sha256(words)
}

/** The exact words a model is to learn: a category, a decline, or a canonical answer. */
export function targetText(content: Content, knownCodes: readonly string[]): string {
  if (content.kind === 'log') return content.code
  return isDeclining(content) ? writeDecline(content.code || null, knownCodes) : writeAnswer(content)
}

/** A correction as a training row, before any format. */
export function canonicalText(
  content: Content & { original_text: string },
  knownCodes: readonly string[],
): CanonicalRow {
  return {
    prompt: content.kind === 'log' ? buildClassifierPrompt(content.question) : buildPrompt(content.question),
    answer: targetText(content, knownCodes),
    rejected: content.original_text,
    label: null,
  }
}

/** What the model said about a code; from an answer for several codes, its part. Null when unreadable. */
export function answerTextOf(originalText: string, code: string): Statement | null {
  const said = originalText.split('\n').flatMap((line) => parseAnswer(line) ?? [])
  return said.find((one) => one.code === code) ?? said[0] ?? parseAnswer(originalText)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
