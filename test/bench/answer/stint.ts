import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { startMeasured } from '../support/process.ts'
import { type Asker, openAsker } from './asker.ts'
import { askAll, FLOOD, type Phase, type RoundParts, type Stint, TOGETHER } from './measuring.ts'
import { questionOf } from './questions.ts'

export type BotName = 'bare' | 'ours'

const SCRIPTS: Readonly<Record<BotName, URL>> = {
  bare: new URL('./bare.ts', import.meta.url),
  ours: new URL('../../../src/main.ts', import.meta.url),
}
/** Long enough for what a start leaves behind to be done. */
const IDLE_MS = 1_000
/** What a bot does after its answer belongs to the phase of the answer. */
const AFTERWARDS_MS = 150
/** Each round has its own questions; both bots are asked the same. */
const QUESTIONS_A_ROUND = 10_000

/** One bot from its start to its end, in a workspace of its own. */
export async function play(
  deps: RoundParts & {
    bot: BotName
    round: number
    /** Where to leave a CPU profile. */
    profile: string | undefined
  },
): Promise<Stint> {
  const { bot, round, stage, addresses, model, scenario, folder, profile, signal } = deps
  const place = await stage.tell({ name: 'open' })
  await using opened = new AsyncDisposableStack()
  opened.defer(() => stage.tell({ name: 'close' }))

  const startedAt = performance.now()
  const measured = opened.use(
    startMeasured(SCRIPTS[bot], {
      folder,
      settings: {
        SLACK_BOT_TOKEN: place.botToken,
        SLACK_APP_TOKEN: place.appToken,
        SLACK_API_URL: place.apiUrl,
        OPENAI_BASE_URL: addresses.models,
        OPENAI_API_KEY: addresses.apiKey,
        ASSISTANT_MODEL: model,
        BASE_MODEL: addresses.baseModel,
        MQTT_URL: addresses.broker,
        DATABASE_URL: `sqlite:${join(folder, `round-${round}.db`)}`,
        OPERATORS: place.technician,
      },
      nodeOptions: profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [],
    }),
  )
  const run = async (): Promise<Stint> => {
    await stage.tell({ name: 'connected' })
    const readyMs = performance.now() - startedAt
    await wait(IDLE_MS, undefined, { signal })
    const idle = await measured.costs()

    const asker = opened.use(await openAsker(place))
    await stage.tell({ name: 'pace', slackMs: scenario.slackMs, firstTokenMs: scenario.firstTokenMs })
    let next = round * QUESTIONS_A_ROUND
    const settled = async () => {
      await wait(AFTERWARDS_MS + 2 * scenario.slackMs, undefined, { signal })
      return stage.tell({ name: 'marks' })
    }
    const phase = async (count: number, inFlight: number, isOneQuestion = false): Promise<Phase> => {
      const first = next
      next += isOneQuestion ? 1 : count
      const before = await measured.costs()
      const began = performance.now()
      const asked = await askAll(count, inFlight, askFrom(asker, first, isOneQuestion), signal)
      const tookMs = performance.now() - began
      const marks = await settled()
      return { asked, marks, tookMs, cpuMs: (await measured.costs()).cpuMs - before.cpuMs }
    }
    await phase(scenario.warmUp, TOGETHER)
    const sequential = await phase(scenario.sequential, 1)
    const together = await phase(scenario.together, TOGETHER)
    const flood = await phase(scenario.flood, FLOOD)
    const repeated = await phase(scenario.repeated, 1, true)
    await wait(IDLE_MS, undefined, { signal })
    return { readyMs, idle, loaded: await measured.costs(), sequential, together, flood, repeated }
  }
  return await Promise.race([run(), measured.ended])
}

const askFrom = (asker: Asker, first: number, isOneQuestion: boolean) => (index: number) =>
  asker.ask(questionOf(isOneQuestion ? first : first + index))
