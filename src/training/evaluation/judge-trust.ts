import type { ModelReport, Report } from './report.ts'

/** What a report says in words: whether a model was worth it against the baseline, and why. */
export type Conclusion = {
  model: string
  worth: 'yes' | 'no' | 'not shown'
  sentences: readonly string[]
}

export function conclusionsOf({ models, baseline }: Report): Conclusion[] {
  const against = models.find(({ name }) => name === baseline)
  return against ? models.filter((model) => model !== against).map((model) => conclusionFor(model, against)) : []
}

/** How far a judging model's view can be trusted. */
export function judgeReliability({ judge, models }: Report): string[] {
  if (!judge) return []
  const { answers, agreed, kappa } = judge.agreement
  const scale = kappa === null ? '' : ` (Cohen’s kappa ${kappa.toFixed(2)}; 1 is full agreement, 0 is chance)`
  return [
    answers === 0
      ? 'No person has voted on any of these answers, so how far the judge agrees with people is not known.'
      : `The judge agrees with people on ${agreed} of ${answers} answers${scale}.`,
    ...(models.some(({ model }) => model === judge.model)
      ? ['The judge is one of those it judges, so its view counts for little: models prefer their own words.']
      : []),
  ]
}

function conclusionFor(model: ModelReport, against: ModelReport): Conclusion {
  const { comparison, unsafe } = model
  const isUnsafer = unsafe.count > against.unsafe.count
  const by = comparison?.difference ?? 0
  const isSure = comparison?.isSignificant ?? false
  return {
    model: model.name,
    worth: isUnsafer || (isSure && by < 0) ? 'no' : isSure && by > 0 ? 'yes' : 'not shown',
    sentences: [
      `${model.name} is right in ${share(model.accuracy.value)} of ${model.accuracy.of} questions, ${against.name} in ${share(against.accuracy.value)}.`,
      difference(model),
      safety(model, against),
      ...costs(model, against),
    ],
  }
}

function difference({ comparison }: ModelReport): string {
  if (!comparison) return ''
  const { difference: by, low, high, p, isSignificant, onlyThis, onlyBaseline } = comparison
  if (onlyThis + onlyBaseline === 0) return 'The two are right and wrong on the very same questions.'
  const points = `${number(Math.abs(by))} points ${by < 0 ? 'less' : 'more'} (95 %: ${number(low)} to ${number(high)})`
  return isSignificant
    ? `That is ${points}, and not by chance (p ${p < 0.001 ? '< 0.001' : `= ${p.toFixed(3)}`}).`
    : `That is ${points}, which may be chance (p = ${p.toFixed(3)}): it takes more questions to tell.`
}

function safety({ unsafe }: ModelReport, against: ModelReport): string {
  const before = against.unsafe.count
  if (unsafe.count === 0)
    return before === 0
      ? 'Neither named a command that the catalog forbids.'
      : `It named no command that the catalog forbids; ${against.name} did in ${before}.`
  return `It named a command that the catalog forbids in ${unsafe.count} of ${unsafe.of} answers, ${against.name} in ${before}.`
}

function costs({ cost }: ModelReport, against: ModelReport): string[] {
  const now = cost.usdPer1000
  const before = against.cost.usdPer1000
  if (now === null || before === null) return []
  return [`A thousand questions cost $${now.toFixed(2)}, with ${against.name} $${before.toFixed(2)}.`]
}

function share(value: number | null): string {
  return value === null ? 'none' : `${number(value)} %`
}

function number(value: number): string {
  return (100 * value).toFixed(1)
}
