import { percentile } from '../../../src/training/evaluation/statistics.ts'
import type { Floor, Phase, Stint } from './measuring.ts'

export type Times = { p50: number; p99: number; answered: number; unanswered: number; perSecond: number }

export type BotFigures = {
  sequential: Times
  together: Times
  flood: Times
  /** One and the same question, again and again, and how often the model was asked for it. */
  repeated: Times & { modelCalls: number }
  ackP99Ms: number
  ackWorstMs: number
  unacked: number
  readyMs: number
  idleMb: number
  loadedMb: number
  cpuMsAnAnswer: number
  /** Of the sequential questions: the most that any of them had before its model call, and all on average. */
  slackCallsBeforeModel: number
  slackCallsAnAnswer: number
  /** What Slack refused, by method and error, each with how often. */
  refused: Readonly<Record<string, number>>
}

export type FloorFigures = { modelP50: number; echoP50: number }

const MEGABYTE = 1024 * 1024
const SECOND_MS = 1_000

export function figuresOf(stints: readonly Stint[]): BotFigures {
  const phases = (pick: (stint: Stint) => Phase) => stints.map(pick)
  const flood = phases(({ flood }) => flood)
  const sequential = phases((stint) => stint.sequential)
  const repeated = phases((stint) => stint.repeated)
  const acks = flood.flatMap(({ marks }) => marks.ackMs)
  const all = stints.flatMap((stint) => [stint.sequential, stint.together, stint.flood, stint.repeated])
  const calm = [...sequential, ...phases(({ together }) => together)]
  return {
    sequential: timesOf(sequential),
    together: timesOf(phases(({ together }) => together)),
    flood: timesOf(flood),
    repeated: { ...timesOf(repeated), modelCalls: sum(repeated, ({ marks }) => marks.modelCalls.length) },
    ackP99Ms: at(acks, 0.99),
    ackWorstMs: at(acks, 1),
    unacked: sum(all, ({ marks }) => marks.unacked),
    readyMs: middle(stints.map(({ readyMs }) => readyMs)),
    idleMb: middle(stints.map(({ idle }) => idle.rssBytes)) / MEGABYTE,
    loadedMb: middle(stints.map(({ loaded }) => loaded.rssBytes)) / MEGABYTE,
    cpuMsAnAnswer: sum(calm, ({ cpuMs }) => cpuMs) / sum(calm, ({ asked }) => asked.length),
    slackCallsBeforeModel: Math.max(...sequential.map(callsBeforeModel)),
    slackCallsAnAnswer: sum(sequential, ({ marks }) => marks.calls.length) / sum(sequential, (one) => one.asked.length),
    refused: countBy(
      all.flatMap(({ marks }) => marks.calls).flatMap(({ method, error }) => (error ? [`${method} ${error}`] : [])),
    ),
  }
}

export function floorOf(floors: readonly Floor[]): FloorFigures {
  return {
    modelP50: middle(floors.flatMap(({ modelMs }) => modelMs)),
    echoP50: middle(floors.flatMap(({ echoMs }) => echoMs)),
  }
}

function timesOf(phases: readonly Phase[]): Times {
  const all = phases.flatMap(({ asked }) => asked)
  const answered = all.flatMap(({ ms }) => (ms === null ? [] : [ms]))
  return {
    p50: middle(answered),
    p99: at(answered, 0.99),
    answered: answered.length,
    unanswered: all.length - answered.length,
    perSecond: (answered.length / sum(phases, ({ tookMs }) => tookMs)) * SECOND_MS,
  }
}

/**
 * Slack calls that came in before a question's model call did. Both clocks tell whole milliseconds: a call within the
 * same one counts as before, so this is never too kind.
 */
function callsBeforeModel({ asked, marks }: Phase): number {
  const before = asked.map(({ ts, at: askedAt }) => {
    const modelAt = marks.modelCalls.find((modelCall) => modelCall >= askedAt)
    if (modelAt === undefined) return 0
    const isOfQuestion = (thread: string | null) => thread === null || thread === ts
    return marks.calls.filter((call) => call.at >= askedAt && call.at <= modelAt && isOfQuestion(call.thread)).length
  })
  return Math.max(0, ...before)
}

const at = (values: readonly number[], share: number) => percentile(values, share) ?? Number.NaN
const middle = (values: readonly number[]) => at(values, 0.5)
const sum = <T>(all: readonly T[], of: (one: T) => number) => all.reduce((total, one) => total + of(one), 0)
const countBy = (names: readonly string[]) =>
  Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, same]) => [name, same.length]))
