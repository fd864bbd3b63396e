import { join } from 'node:path'
import OpenAI from 'openai'
import pLimit from 'p-limit'
import { pino } from 'pino'
import { openCore } from '../../../src/app.ts'
import { readConfig } from '../../../src/config/config.ts'
import { SYSTEM_PROMPT } from '../../../src/diagnosis/prompt.ts'
import { bootstrapModels } from '../../../src/training/models/bootstrap.ts'
import type { Costs } from '../support/process.ts'
import { type Asked, openAsker } from './asker.ts'
import { questionOf } from './questions.ts'
import type { Answers, Marks } from './stage-orders.ts'
import type { Stage } from './stage-process.ts'

export type Scenario = {
  title: string
  slackMs: number
  firstTokenMs: number
  rounds: number
  warmUp: number
  /** Questions asked one after the other, with some in flight, with many in flight, and one and the same again. */
  sequential: number
  together: number
  flood: number
  repeated: number
}

export const TOGETHER = 20
export const FLOOD = 100

/** Questions of one kind, as they were answered, and what the stand-ins saw of it. */
export type Phase = { asked: readonly Asked[]; marks: Marks; tookMs: number; cpuMs: number }

/** One bot from its start to its end. */
export type Stint = {
  readyMs: number
  idle: Costs
  loaded: Costs
  sequential: Phase
  together: Phase
  flood: Phase
  repeated: Phase
}

/** What no bot can take away: the model asked directly, and a message that is only posted and seen. */
export type Floor = { modelMs: number[]; echoMs: number[] }

export type Round = { floor: Floor; bare: Stint; ours: Stint }

export type RoundParts = {
  stage: Stage
  addresses: Answers['addresses']
  model: string
  scenario: Scenario
  folder: string
  signal: AbortSignal
}

/** Asks with so many in flight at any time. */
export async function askAll(
  asked: number,
  inFlight: number,
  ask: (index: number) => Promise<Asked>,
  signal: AbortSignal,
): Promise<Asked[]> {
  const limit = pLimit(inFlight)
  return Promise.all(
    Array.from({ length: asked }, (_, index) =>
      limit(() => {
        signal.throwIfAborted()
        return ask(index)
      }),
    ),
  )
}

const FLOOR_ASKED = 60
const SLOW_FLOOR_ASKED = 3
/** Not among the questions that the bots are asked. */
const FLOOR_FROM = 90_000

export async function measureFloor(deps: Omit<RoundParts, 'folder'>): Promise<Floor> {
  const { stage, addresses, model, scenario, signal } = deps
  const openai = new OpenAI({ baseURL: addresses.models, apiKey: addresses.apiKey })
  const place = await stage.tell({ name: 'open' })
  try {
    using asker = await openAsker(place)
    const floor: Floor = { modelMs: [], echoMs: [] }
    await stage.tell({ name: 'pace', slackMs: scenario.slackMs, firstTokenMs: scenario.firstTokenMs })
    const rounds = scenario.firstTokenMs > 0 ? SLOW_FLOOR_ASKED : FLOOR_ASKED
    // As many again at first, to warm up.
    for (let n = -rounds; n < rounds; n += 1) {
      signal.throwIfAborted()
      const { text, problem } = questionOf(FLOOR_FROM + n)
      const echoMs = await asker.echo(text)
      const startedAt = performance.now()
      const { choices } = await openai.chat.completions.create({
        model,
        messages: [
          { role: 'system', content: SYSTEM_PROMPT },
          { role: 'user', content: text },
        ],
      })
      const modelMs = performance.now() - startedAt
      if (!choices[0]?.message.content?.includes(problem)) throw new Error(`the model does not know: ${text}`)
      if (n < 0) continue
      floor.echoMs.push(echoMs)
      floor.modelMs.push(modelMs)
    }
    return floor
  } finally {
    await stage.tell({ name: 'pace', slackMs: 0, firstTokenMs: 0 })
    await stage.tell({ name: 'close' })
  }
}

/** The way anybody would do it: the data set from the catalog, a job, the model that comes of it. */
export async function trainAssistant(
  { models, apiKey, baseModel }: Answers['addresses'],
  folder: string,
  signal: AbortSignal,
): Promise<string> {
  const settings = {
    OPENAI_BASE_URL: models,
    OPENAI_API_KEY: apiKey,
    ASSISTANT_MODEL: baseModel,
    BASE_MODEL: baseModel,
    DATABASE_URL: `sqlite:${join(folder, 'training.db')}`,
  }
  await using core = await openCore(readConfig(settings, { slack: false, model: true }), {
    logger: pino({ level: 'silent' }),
  })
  const { assistant } = await bootstrapModels({
    catalog: core.catalog,
    corrections: [],
    baseModel,
    suffix: 'bench',
    workFolder: join(folder, 'training'),
    jobs: core.jobs,
    store: core.store,
    signal,
  })
  return assistant
}
