import { z } from 'zod'
import type { LiveModel } from '../../diagnosis/model/live-models.ts'
import { readLiveModels } from '../../diagnosis/model/live-models.ts'
import { remedyOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import { section } from '../blocks/elements.ts'
import { rollBackValue } from '../blocks/ids.ts'
import { LIMITS } from '../blocks/limits.ts'
import { type ModelChange, modelBlocks, modelChangeBlocks } from '../blocks/models.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import type { Homes } from '../home/homes.ts'
import { type ModelsShownDeps, readModelsShown } from '../home/models-overview.ts'
import { readPages } from '../home/pages.ts'
import { cut, escapeCode, escapeMrkdwn } from '../platform/escaping.ts'
import { onClick } from '../platform/listeners.ts'
import type { SlackMessage } from '../platform/message.ts'
import type { Person, SlackAction } from '../platform/payloads.ts'
import type { Roles } from '../platform/roles.ts'
import { canaryEnded, modelRolledBack, nowLiveModel, WORDS } from './words.ts'

/** Rolls back to the model that was live before `from`, or to an earlier one, unless another one is live by now. */
export type RollBack = (request: { alias: string; from: string; by: string; to?: string }) => Promise<{ model: string }>

/** Ends the canary trial with this id, unless it has ended. */
export type EndCanary = (request: { id: string; by: string }) => Promise<{ model: string }>

type PromotionCandidate = { alias: string; model: string; evaluationId: string }

/** Both throw when the promotion isn't allowed. */
export type Promotions = {
  dryRun(
    wanted: PromotionCandidate,
  ): Promise<{ current: string | null; headline: string | null; warnings: readonly string[] }>
  promote(wanted: PromotionCandidate & { by: string; reason: string }): Promise<{ model: string }>
}

export type ModelListenerDeps = ModelsShownDeps & {
  roles: Roles
  homes: Homes
  rollBack: RollBack
  endTrial: EndCanary
  promotions: Promotions
  logger: Logger
}

/**
 * `/hydrocore model [promote MODEL EVALUATION | rollback MODEL] [ALIAS]`: a move is shown first and needs confirmation.
 */
export async function modelMessage(deps: ModelListenerDeps, typed: string): Promise<string | SlackMessage> {
  const [verb = '', model = '', ...rest] = typed.split(/\s+/).filter(Boolean)
  if (verb === '') return liveMessage(deps)
  const isPromotion = verb.toLowerCase() === 'promote'
  const [evaluationId = null, alias = 'assistant'] = isPromotion ? rest : [null, ...rest]
  const live = (await readLiveModels(deps.store, deps.configuredModels)).find((one) => one.alias === alias)
  const isKnown = isPromotion ? evaluationId !== null : verb.toLowerCase() === 'rollback'
  if (!isKnown || !live || !MODEL_NAME.test(model)) return WORDS.modelUsage
  try {
    return await proposal(deps, live, { model, evaluationId })
  } catch (error) {
    return escapeMrkdwn(cut(remedyOf(error), LIMITS.messageText))
  }
}

const MAX_NAME = 200

/** The characters of model names; anything else wasn't meant as one. */
const MODEL_NAME = /^[\w.:@/+-]{1,200}$/

async function proposal(
  { promotions }: ModelListenerDeps,
  live: LiveModel,
  { model, evaluationId }: { model: string; evaluationId: string | null },
): Promise<SlackMessage> {
  const { alias } = live
  const weighed = evaluationId === null ? null : await promotions.dryRun({ alias, model, evaluationId })
  const move: ModelChange = { alias, model, evaluation: evaluationId, from: rollBackValue(live) }
  const blocks = modelChangeBlocks(move, live, weighed)
  return { text: `${alias}: ${escapeMrkdwn(cut(model, MAX_NAME))}?`, blocks }
}

async function liveMessage(deps: ModelListenerDeps): Promise<SlackMessage> {
  const shown = await readModelsShown(deps)
  const { models } = shown
  const text = models.map(({ alias, model }) => `${alias}: ${escapeMrkdwn(cut(model, 150))}`).join('\n')
  return { text, blocks: modelBlocks(shown) }
}

/** "Roll back", in App Home or below `/hydrocore model`. A button that is out of date changes nothing. */
export const onRollBack = (deps: ModelListenerDeps) =>
  onModelButton(deps, async ({ person, value }) => {
    const live = (await readLiveModels(deps.store, deps.configuredModels)).find((one) => rollBackValue(one) === value)
    if (!live) return WORDS.modelMovedAlready
    const { model } = await deps.rollBack({ alias: live.alias, from: live.model, by: person.user })
    return modelRolledBack(live.alias, escapeCode(cut(model, 150)))
  })

/** "End the trial", in the same places. */
export const onEndCanary = (deps: ModelListenerDeps) =>
  onModelButton(deps, async ({ person, value: id }) => {
    const { model } = await deps.endTrial({ id, by: person.user })
    return canaryEnded(escapeCode(cut(model, 150)))
  })

const Move = z.object({ alias: z.string(), model: z.string(), evaluation: z.string().nullable(), from: z.string() })

/** Checks the proposal again: the person, the gate, and that the same model is still live. */
export const onPromoteModel = (deps: ModelListenerDeps) =>
  onModelButton(deps, async ({ person, value }) => {
    const move = readMove(value)
    const models = await readLiveModels(deps.store, deps.configuredModels)
    const live = models.find((one) => one.alias === move?.alias)
    if (!move || !live || rollBackValue(live) !== move.from) return WORDS.modelMovedAlready
    await applyModelChange(deps, live, move, person)
    return nowLiveModel(move.alias, escapeCode(cut(move.model, 150)))
  })

function applyModelChange(
  { rollBack, promotions }: ModelListenerDeps,
  live: LiveModel,
  move: ModelChange,
  { user: by }: Person,
) {
  const { alias, model, evaluation } = move
  if (evaluation === null) return rollBack({ alias, from: live.model, to: model, by })
  return promotions.promote({ alias, model, evaluationId: evaluation, by, reason: 'better or equal on the same rows' })
}

function readMove(value: string): ModelChange | null {
  try {
    return Move.parse(JSON.parse(value))
  } catch {
    return null
  }
}

/** Does what the button says, for administrators only, and shows the new state in its place. */
function onModelButton(deps: ModelListenerDeps, work: (click: SlackAction) => Promise<string>) {
  const tried = (click: SlackAction) =>
    work(click).catch((error: unknown) => {
      deps.logger.warn({ err: error, person: click.person.user }, 'a model was not moved')
      return escapeMrkdwn(remedyOf(error))
    })
  return onClick(async function onModelButton(click, respond) {
    const { isAdmin } = await deps.roles.of(click.person)
    const words = isAdmin ? await tried(click) : SHARED_WORDS.notAdmin
    if (click.view) {
      const pages = readPages(click.view.private_metadata)
      return deps.homes.publish(click.person, { pages, hash: click.view.hash, notice: words })
    }
    const live = isAdmin ? await liveMessage(deps) : null
    const message = live
      ? { text: `${words}\n${live.text}`, blocks: [section(words), ...live.blocks] }
      : { text: words }
    await respond({ response_type: 'ephemeral', replace_original: true, ...message })
  })
}
