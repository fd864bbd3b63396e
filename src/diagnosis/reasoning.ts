/** A model's thinking aloud, closed or cut off; it is never read as an answer. */
const THINKING = /<(think|thinking|reasoning)>[\s\S]*?(?:<\/\1>|$)/gi
/** Some servers leave out the opening tag. */
const THOUGHT_BEFORE = /^[\s\S]*<\/(?:think|thinking|reasoning)>/i

/** The text without its reasoning. */
export function withoutReasoning(text: string): string {
  return text.replace(THINKING, ' ').replace(THOUGHT_BEFORE, ' ')
}
