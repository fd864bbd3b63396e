import type { ChatModels } from '../../diagnosis/model/chat-stream.ts'
import { buildPrompt } from '../../diagnosis/prompt.ts'
import { AppError } from '../../lib/errors.ts'
import { type CheckResult, fail, ok, warn } from '../../lib/health-check.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { retiringWithin } from '../jobs/retirement.ts'

/** A part that a model plays, and whether the bot can do without it. */
export type ModelRole = { role: string; model: string; isNeeded: boolean }

/** From here on a model's end is told: time enough to train the next one. */
const WARNING_DAYS = 60

/** Whether the server answers, lists each model, and lets it answer a question; and which of them stop soon. */
export async function checkModels(
  roles: readonly ModelRole[],
  { models, jobs, question, signal }: { models: ChatModels; jobs: Jobs; question: string; signal: AbortSignal },
): Promise<readonly CheckResult[]> {
  const byModel = Map.groupBy(roles, ({ model }) => model)
  const names = [...byModel.keys()]
  const served = await jobs.listServedModels(signal).catch((error: unknown) => error)
  const list = Array.isArray(served) ? served.map(({ id }: { id: string }) => id) : []
  const answers = await Promise.all(
    [...byModel].map(([model, played]) => checkAnswer(model, played, { models, question, list, signal })),
  )
  const retirements = retiringWithin(
    WARNING_DAYS,
    await jobs.retiring(names, signal, Array.isArray(served) ? served : []),
  )
  return [
    checkModelList(served),
    ...answers,
    ...retirements.map(({ model, retiresOn, daysLeft, source }) => {
      const when = daysLeft < 0 ? `stopped on ${retiresOn}` : `stops on ${retiresOn}, in ${daysLeft} days`
      return warn(`last day of ${model}`, `${when} (${source})`, 'Train its successor, and promote it before that day.')
    }),
  ]
}

function checkModelList(served: unknown): CheckResult {
  if (served instanceof AppError)
    return fail('model server', `does not list its models: ${served.message}`, served.remedy)
  if (!Array.isArray(served)) throw served
  return served.length > 0
    ? ok('model server', `lists ${served.length} models`)
    : warn('model server', 'lists no models', 'Some servers never do; then only the answers below count.')
}

async function checkAnswer(
  model: string,
  roles: readonly ModelRole[],
  deps: { models: ChatModels; question: string; list: readonly string[]; signal: AbortSignal },
): Promise<CheckResult> {
  const { models, question, list, signal } = deps
  const what = roles.map(({ role }) => role).join(', ')
  const startedAt = performance.now()
  try {
    let said = ''
    for await (const words of models.stream({ model, messages: buildPrompt(question) }, signal)) said += words
    const took = `${model} answers in ${Math.round(performance.now() - startedAt)} ms`
    if (!said.trim()) return warn(what, `${took}, but says nothing`, 'Check that it is a chat model.')
    if (list.length > 0 && !list.includes(model))
      return warn(what, `${took}, but the server does not list it`, 'Check the name if another model was meant.')
    return ok(what, took)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof AppError)) throw error
    const severity = roles.some(({ isNeeded }) => isNeeded) ? fail : warn
    return severity(what, `${model} does not answer: ${error.message}`, error.remedy)
  }
}
