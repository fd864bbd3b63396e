const PLACEHOLDER = /<([\p{L}][\p{L}\p{N}_ -]{1,38})>|\{([\p{L}][\p{L}\p{N}_ -]{1,38})\}/gu
const LEAD_IN = /(?:form|format|template|exactly|like this|as follows|pattern)\s*:\s*/gi

const wordsOf = (text: string) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])

/** The field a placeholder means: the one that shares most words with its name. */
function valueFor(name: string, fields: ReadonlyMap<string, string>): string | null {
  const wanted = wordsOf(name)
  let best = { value: null as string | null, score: 0 }
  for (const [field, value] of fields) {
    const own = wordsOf(field)
    const score = wanted.intersection(own).size / Math.max(wanted.size, own.size)
    if (score > best.score) best = { value, score }
  }
  return best.value
}

/**
 * If the prompt shows the form of the answer with placeholders ("Answer in this form: Code <code> means <problem>."),
 * fills it from a record. Null without such a form, or when a placeholder has no field.
 */
export function fillForm(prompt: string, fields: ReadonlyMap<string, string>): string | null {
  const line = prompt.split('\n').find((one) => [...one.matchAll(PLACEHOLDER)].length > 1)
  const first = line?.search(PLACEHOLDER) ?? -1
  if (line === undefined || first < 0) return null
  const leadIns = [...line.slice(0, first).matchAll(LEAD_IN)]
  const lead = leadIns.at(-1)
  const form = line.slice(lead ? lead.index + lead[0].length : 0).replaceAll(/^["'`]+|["'`]+$/g, '')
  let isComplete = true
  const text = form.replaceAll(PLACEHOLDER, (_, inAngles: string | undefined, inBraces: string | undefined) => {
    const value = valueFor(inAngles ?? inBraces ?? '', fields)
    if (value === null) isComplete = false
    return value ?? ''
  })
  return isComplete ? text.trim() : null
}
