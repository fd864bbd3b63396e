import type { KnownBlock } from '@slack/types'
import type { LiveModel } from '../../diagnosis/model/live-models.ts'
import type { CanaryRow, ModelHistoryRow } from '../../diagnosis/model/model-records.ts'
import type { Serving } from '../../diagnosis/strategies.ts'
import type { Arm, ArmFigures, Arms } from '../../feedback/votes/canary-votes.ts'
import { cut, escapeCode, escapeMrkdwn, plain } from '../platform/escaping.ts'
import { button, confirmation, personOf, section } from './elements.ts'
import { ACTION, rollBackValue } from './ids.ts'
import { CHANGES, stopsWords } from './model-news.ts'
import { ASKED_AS, moment, SHARED_WORDS } from './words.ts'

const MAX_NAME = 150
const MAX_RETIRING = 4

/** The answering model: `assistant ft:…`, or a base model and what it's given. */
export function servedBy({ model, strategy }: Pick<Serving, 'model' | 'strategy'>): string {
  const { before, after } = ASKED_AS[strategy]
  return `${before} ${named(model)}${after}`
}

/** The live model, since when and by whom, the canary and the latest moves. */
export function modelBlocks({ models, serving, trial, history, retiring }: ModelsShown): KnownBlock[] {
  const isPromoted = serving.strategy === 'fine-tuned'
  return [
    ...(isPromoted ? [] : [section(`*${servedBy(serving)}* ${SHARED_WORDS.answersInstead}`)]),
    ...models.flatMap(liveBlocks),
    ...(trial ? canaryBlocks(trial) : []),
    ...(retiring.length > 0 ? [section(retiring.slice(0, MAX_RETIRING).map(retiringLine).join('\n'))] : []),
    ...(history.length > 0 ? [section([`*${SHARED_WORDS.lately}*`, ...history.map(moveLine)].join('\n'))] : []),
  ]
}

/** The live model, with a button to roll it back. */
function liveBlocks(live: LiveModel): KnownBlock[] {
  const { alias, model, moved } = live
  const text = `*${alias}*: ${named(model)}\n${moved ? since(moved) : 'as the settings say'}`
  if (!moved?.previous) return [section(text)]
  const warning = `${alias} goes back to ${cut(plain(moved.previous), MAX_NAME)}. Running bots follow at once.`
  return [
    section(text),
    {
      type: 'actions',
      elements: [
        button(`Roll back ${alias}`, ACTION.rollBack, rollBackValue(live), {
          style: 'danger',
          confirm: confirmation(`Roll back ${alias}?`, warning, 'Roll back'),
        }),
      ],
    },
  ]
}

/** A move that somebody typed, as its button carries it; a promotion names its evaluation. */
export type ModelChange = { alias: string; model: string; evaluation: string | null; from: string }

/** What a move would do, and the button that makes it. */
export function modelChangeBlocks(
  move: ModelChange,
  live: LiveModel,
  weighed: { headline: string | null; warnings: readonly string[] } | null,
): KnownBlock[] {
  const { alias, model } = move
  const does = move.evaluation === null ? 'Put back' : 'Promote'
  const told = [weighed?.headline ?? null, ...(weighed?.warnings ?? []).map((words) => `⚠️ ${words}`)]
  const lines = told.filter((words) => words !== null).map((words) => escapeMrkdwn(cut(words, 300)))
  const question = `${cut(plain(model), MAX_NAME)} takes the place of ${cut(plain(live.model), MAX_NAME)} as ${alias}.`
  return [
    section(
      [
        `${named(model)} in place of ${named(live.model)} as *${alias}*`,
        ...lines,
        `_${SHARED_WORDS.notYetMoved}_`,
      ].join('\n'),
    ),
    {
      type: 'actions',
      elements: [
        button(does, ACTION.moveModel, JSON.stringify(move), {
          style: 'primary',
          confirm: confirmation(`${does}?`, question, does),
        }),
      ],
    },
  ]
}

function since({ by, at, reason, previous }: NonNullable<LiveModel['moved']>): string {
  const before = previous ? ` · before: ${named(previous)}` : ''
  const why = reason ? ` · ${escapeMrkdwn(cut(reason.replace(/\s+/g, ' '), 300))}` : ''
  return `since ${moment(new Date(at))} by ${personOf(by)}${before}${why}`
}

function canaryBlocks({ canary, arms, unsafe }: NonNullable<ModelsShown['trial']>): KnownBlock[] {
  const until = canary.ends_at === null ? '' : ` until ${moment(new Date(canary.ends_at))}`
  const who = `since ${moment(new Date(canary.started_at))}${until}, by ${personOf(canary.started_by)}`
  return [
    section(
      [
        `*On trial*: ${named(canary.model)} in ${canary.share} of 100 threads, ${who}`,
        `tried: ${armWords(arms.canary, unsafe.canary)}`,
        `live: ${armWords(arms.live, unsafe.live)}`,
      ].join('\n'),
    ),
    {
      type: 'actions',
      elements: [
        button('End the trial', ACTION.endTrial, canary.id, {
          confirm: confirmation('End the trial?', 'The live model answers alone again.', 'End it'),
        }),
      ],
    },
  ]
}

function armWords({ asked, answers, failed, contradicted, unreadable, up, down }: ArmFigures, unsafe: number): string {
  const wrong = failed + contradicted + unreadable
  return `${answers} answers, wrong in ${wrong} of ${asked} asked (${contradicted} against the catalog, ${unsafe} with a forbidden command), 👍 ${up} 👎 ${down}`
}

function retiringLine({ model, roles, retiresOn, daysLeft }: RetiringShown): string {
  const plays = escapeMrkdwn(cut(roles.join(', '), MAX_NAME))
  return `⚠️ ${named(model)} (${plays}) ${stopsWords(retiresOn, daysLeft)}.`
}

function moveLine({ changed_at, alias, kind, model, changed_by }: ModelHistoryRow): string {
  return `${moment(new Date(changed_at))} · ${escapeMrkdwn(alias)} · ${CHANGES[kind]} ${named(cut(model, 80))} · ${personOf(changed_by)}`
}

function named(model: string): string {
  return `\`${escapeCode(cut(model, MAX_NAME))}\``
}

/** A model in use that will soon be retired. */
export type RetiringShown = { model: string; roles: readonly string[]; retiresOn: string; daysLeft: number }

/** What an administrator sees of the models. */
export type ModelsShown = {
  models: readonly LiveModel[]
  serving: Serving
  /** The canary and the outcome of both arms. */
  trial: { canary: CanaryRow; arms: Arms; unsafe: Readonly<Record<Arm, number>> } | null
  /** Newest first. */
  history: readonly ModelHistoryRow[]
  retiring: readonly RetiringShown[]
}
