import { atomsOf, shapeOf } from '../learner/text.ts'

/** What a prompt tells to say in some case: `If the question is not about boats, answer: "I only know boats."` */
type Rule = { when: 'unknown' | 'elsewhere'; say: string }

const RULE =
  /^\W*(?:if|when)\b(.{5,200}?),\s*(?:then\s+)?(?:answer|say|reply|respond|write)\b[^"“]{0,40}["“](.{1,300}?)["”]/i
const ELSEWHERE = /\bnot (?:about|related)\b|\b(?:other|another) (?:topic|matter|subject)|\boff[- ]topic|\bunrelated\b/i
const UNKNOWN = /\bnot (?:in|on|among|listed|known)\b|\bunknown\b|\bmissing\b/i
const PLACEHOLDER = /<[\p{L}][\p{L}\p{N}_ -]{0,38}>|\{[\p{L}][\p{L}\p{N}_ -]{0,38}\}/gu

export const isCaseRule = (line: string): boolean => RULE.test(line)

function rulesOf(prompt: string): Rule[] {
  return prompt.split('\n').flatMap((line): Rule[] => {
    const [, condition = '', say = ''] = RULE.exec(line) ?? []
    if (say === '') return []
    if (ELSEWHERE.test(condition)) return [{ when: 'elsewhere', say }]
    return UNKNOWN.test(condition) ? [{ when: 'unknown', say }] : []
  })
}

const isCode = (key: string) => /\p{L}/u.test(key) && /\p{N}/u.test(key)

/** What a prompt says to answer when a question names a code like its own ones, but none of them. */
export function ruleForUnknown(prompt: string, question: string): string | null {
  const rule = rulesOf(prompt).find(({ when }) => when === 'unknown')
  if (!rule) return null
  const listed = atomsOf(prompt).filter(({ key, isId }) => isId && isCode(key))
  const known = new Set(listed.map(({ key }) => key))
  const shapes = new Set([...known].map(shapeOf))
  const asked = atomsOf(question, (key) => known.has(key)).filter(({ key, isId }) => isId && isCode(key))
  const alike = asked.filter(({ key }) => shapes.has(shapeOf(key)))
  const [missing] = alike
  if (!missing || alike.some(({ key }) => known.has(key))) return null
  return rule.say.replaceAll(PLACEHOLDER, spelledLike(missing.text, listed[0]?.text ?? ''))
}

/** What a prompt says to answer to a question that nothing in it is about. */
export const ruleForElsewhere = (prompt: string): string | null =>
  rulesOf(prompt).find(({ when }) => when === 'elsewhere')?.say ?? null

/** A code as the prompt would write it: with its dash, in its case. */
function spelledLike(code: string, model: string): string {
  const [, letters, digits] = /^(\p{L}+)[^\p{L}\p{N}]*(\p{N}+)$/u.exec(code) ?? []
  const [, own = '', between = ''] = /^(\p{L}+)([^\p{L}\p{N}]*)\p{N}+$/u.exec(model) ?? []
  if (letters === undefined || own === '') return code
  return `${own === own.toUpperCase() ? letters.toUpperCase() : letters}${between}${digits}`
}
