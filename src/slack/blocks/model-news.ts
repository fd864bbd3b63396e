import type { ModelNews } from '../../diagnosis/model/model-news.ts'
import type { ModelHistoryRow } from '../../diagnosis/model/model-records.ts'
import { cut, escapeCode, escapeMrkdwn } from '../platform/escaping.ts'
import { personOf } from './elements.ts'
import { LIMITS } from './limits.ts'

type MoveKind = ModelHistoryRow['kind']

const MAX_NAME = 150
const MAX_WORDS = 160

export const CHANGES: Record<MoveKind, string> = {
  promoted: 'promoted',
  rolled_back: 'put back',
  canary_started: 'tried',
  canary_ended: 'trial ended of',
  canary_fell_back: 'taken away again:',
}

/** One line of model news for administrators. */
export function modelNewsLine(news: ModelNews): string {
  return cut(lineOf(news), LIMITS.messageText)
}

function lineOf(news: ModelNews): string {
  switch (news.kind) {
    case 'moved':
      return movedLine(news)
    case 'job_ended':
      return jobLine(news)
    case 'evaluated':
      return evaluatedLine(news)
    case 'retiring':
      return retiringLine(news)
    default:
      return news satisfies never
  }
}

function movedLine({
  move,
  alias,
  model,
  previous,
  by,
  reason,
  evaluation,
}: Extract<ModelNews, { kind: 'moved' }>): string {
  const part = words(alias)
  const before = previous ? named(previous) : null
  const why = `by ${personOf(by)}: ${words(reason)}`
  const look = '`/hydrocore model` shows more.'
  switch (move) {
    case 'promoted':
      return `🚀 ${named(model)} is live as ${part}${before ? ` in place of ${before}` : ''}, ${why}${evaluation ? ` (${named(evaluation)})` : ''}. \`/hydrocore model\` puts the one before back.`
    case 'rolled_back':
      return `↩️ ${named(model)} is live as ${part} again${before ? ` in place of ${before}` : ''}, ${why}. ${look}`
    case 'canary_started':
      return `🐤 ${named(model)} is tried as ${part} beside ${before ?? 'the live model'}, ${why}. ${look}`
    case 'canary_ended':
      return `🐤 The trial of ${named(model)} as ${part} has ended, ${why}. ${before ?? 'The live model'} answers alone.`
    case 'canary_fell_back':
      return `⚠️ ${named(model)} was taken away again as ${part}: ${words(reason)}. ${before ?? 'The live model'} answers alone.`
    default:
      return move satisfies never
  }
}

function jobLine({ job, status, model, fault, baseModel, link }: Extract<ModelNews, { kind: 'job_ended' }>): string {
  const name = link ? `<${link}|${escapeCode(cut(job, MAX_NAME))}>` : named(job)
  if (status === 'succeeded' && model)
    return `🎓 The training job ${name} made ${named(model)} from ${named(baseModel)}. Measure it with \`hydrocore evaluate\`.`
  return `⚠️ The training job ${name} on ${named(baseModel)} made no model (${words(status)})${fault ? `: ${words(fault)}` : ''}. \`hydrocore finetune list\` shows the jobs.`
}

function evaluatedLine({ evaluation, models }: Extract<ModelNews, { kind: 'evaluated' }>): string {
  const lines = models.map(
    ({ name, right, of, unsafe }) => `${named(name)} right in ${right} of ${of}, unsafe in ${unsafe}`,
  )
  return `📊 Evaluation ${named(evaluation)}: ${lines.join('; ')}. \`hydrocore evaluations show\` makes its page.`
}

function retiringLine({ model, roles, retiresOn, daysLeft, source }: Extract<ModelNews, { kind: 'retiring' }>): string {
  return `⏳ ${named(model)} (${words(roles.join(', '))}) ${stopsWords(retiresOn, daysLeft)}, says ${words(source)}. Train its successor in time: your approved corrections and \`hydrocore finetune start\` do it on any trainer.`
}

/** "stops on 2027-01-14, in 53 days" */
export function stopsWords(retiresOn: string, daysLeft: number): string {
  if (daysLeft < 0) return `stopped on ${words(retiresOn)}`
  const days = new Intl.NumberFormat('en', { style: 'unit', unit: 'day', unitDisplay: 'long' }).format(daysLeft)
  return daysLeft === 0 ? 'stops today' : `stops on ${words(retiresOn)}, in ${days}`
}

const named = (name: string) => `\`${escapeCode(cut(name, MAX_NAME))}\``
const words = (text: string) => escapeMrkdwn(cut(text.replace(/\s+/g, ' '), MAX_WORDS))
