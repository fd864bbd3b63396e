import type { Catalog } from '../../catalog/catalog.ts'

/** As long as the start that the forms of a verb share: clean, cleaned, cleaning. */
const STEM_LENGTH = 5
/** Words of many actions. */
const COMMON = new Set([
  'start',
  'sched',
  'withi',
  'remot',
  'autom',
  'trigg',
  'initi',
  'attem',
  'senso',
  'devic',
  'modul',
  'cycle',
])
const WORD = /[a-z0-9ß-ɏ]+/g
/** "cleaned", "ran the cleaning", "did the reboot": done, and no question about it. */
const DONE = /(?:ed|t|do|da|ée?s?|ei)$/
const DONE_BEFORE =
  /(?:did|done|ran|run|tried|sent|made|after|finished|repeated|the|started|pressed)\s+(?:(?:the|a|that|it|another|one)\s+)?$/

/** "If unresponsive, …": when the fallback is due, in its own words. */
const CONDITION = /\b(?:if|wenn|falls|si|se)\s+([^,.;]{1,60})/i

/**
 * Finds the codes whose action a text says was done, or done in vain: by the words of the action and its command, and
 * by the condition that the fallback names.
 */
export function createActionWords(catalog: Catalog): (text: string) => string[] {
  const stems = new Map<string, Set<string>>()
  const conditions = new Map<string, Set<string>>()
  for (const { code, action, command, fallback } of catalog.codes) {
    for (const word of wordsOf(CONDITION.exec(fallback?.text ?? '')?.[1] ?? ''))
      if (word.length > STEM_LENGTH) conditions.set(word, (conditions.get(word) ?? new Set()).add(code))
    const title = command ? `${command.replaceAll('_', ' ')} ${catalog.command(command)?.title ?? ''}` : ''
    for (const word of command ? wordsOf(`${action} ${title}`) : []) {
      if (word.length < STEM_LENGTH || COMMON.has(word.slice(0, STEM_LENGTH))) continue
      const stem = word.slice(0, STEM_LENGTH)
      stems.set(stem, (stems.get(stem) ?? new Set()).add(code))
    }
  }
  return (text) => {
    const found = [...text.matchAll(WORD)].flatMap(({ 0: word, index }) => {
      const codes = stems.get(word.slice(0, STEM_LENGTH))
      const isDone = codes && (DONE.test(word) || DONE_BEFORE.test(text.slice(Math.max(0, index - 30), index)))
      return [...(isDone ? codes : []), ...(conditions.get(word) ?? [])]
    })
    return [...new Set(found)]
  }
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(WORD) ?? []
}
