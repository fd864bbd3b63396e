import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Bench, readCount } from '../support/bench.ts'
import { thisMachine } from '../support/machine.ts'
import { measureFloor, type Round, type RoundParts, type Scenario, trainAssistant } from './measuring.ts'
import { report } from './report.ts'
import { startStage } from './stage-process.ts'
import { type BotName, play } from './stint.ts'

/** The quick stand-ins show what we add; the slow ones what a person would wait. */
const SCENARIOS = {
  quick: {
    title: 'quick stand-ins',
    slackMs: 0,
    firstTokenMs: 0,
    rounds: 3,
    warmUp: 100,
    sequential: 200,
    together: 400,
    flood: 400,
    repeated: 30,
  },
  slow: {
    title: 'Slack 120 ms a call, model 400 ms to its first token',
    slackMs: 120,
    firstTokenMs: 400,
    rounds: 2,
    warmUp: 20,
    sequential: 10,
    together: 100,
    flood: 200,
    repeated: 2,
  },
} as const satisfies Record<string, Scenario>

const BOUND_S = 90
const MS = 1_000

export const answerBench: Bench = {
  async run(args, signal) {
    const { values: options } = parseArgs({
      args: [...args],
      options: {
        slow: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        sequential: { type: 'string' },
        together: { type: 'string' },
        seconds: { type: 'string' },
        profile: { type: 'string' },
      },
    })
    const usual: Scenario = options.slow ? SCENARIOS.slow : SCENARIOS.quick
    const scenario: Scenario = {
      ...usual,
      rounds: readCount('rounds', options.rounds, usual.rounds),
      sequential: readCount('sequential', options.sequential, usual.sequential),
      together: readCount('together', options.together, usual.together),
    }
    const machine = thisMachine()
    const boundMs = readCount('seconds', options.seconds, BOUND_S) * MS
    const endsAt = performance.now() + boundMs
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(boundMs)])
    const say = (line: string) => void process.stderr.write(`${line}\n`)

    await using opened = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'hydrocore-bench-'))
    opened.defer(() => rm(folder, { recursive: true, force: true }))
    const stage = opened.use(await startStage(bounded))
    const addresses = await stage.tell({ name: 'addresses' })
    say('Training the model …')
    const model = await trainAssistant(addresses, folder, bounded)

    const rounds: Round[] = []
    let roundMs = 0
    while (rounds.length < scenario.rounds) {
      const startedAt = performance.now()
      if (startedAt + roundMs > endsAt) break
      try {
        rounds.push(
          await playRound(
            rounds.length,
            { stage, addresses, model, scenario, folder, signal: bounded },
            options.profile,
          ),
        )
      } catch (error) {
        // Rounds that were finished in time still say something; half a round does not.
        if (signal.aborted || !bounded.aborted || rounds.length === 0) throw error
        break
      }
      roundMs = performance.now() - startedAt
      say(`Round ${rounds.length} of ${scenario.rounds} took ${Math.round(roundMs / MS)} s`)
    }
    if (rounds.length < scenario.rounds) say(`Time was up after ${rounds.length} of ${scenario.rounds} rounds.`)
    process.stdout.write(`${report({ scenario, machine, rounds }, options.json)}\n`)
  },
}

/** In turn, and every other round the other way round: whoever comes second meets warmer stand-ins. */
async function playRound(round: number, deps: RoundParts, profile: string | undefined): Promise<Round> {
  const floor = await measureFloor(deps)
  const turn = (bot: BotName) => play({ ...deps, bot, round, profile: profile && resolve(profile, bot) })
  if (round % 2 === 0) {
    const bare = await turn('bare')
    return { floor, bare, ours: await turn('ours') }
  }
  const ours = await turn('ours')
  return { floor, bare: await turn('bare'), ours }
}
