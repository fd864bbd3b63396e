import Table from 'cli-table3'
import type { Machine } from '../support/machine.ts'
import { type BotFigures, figuresOf, floorOf } from './figures.ts'
import { FLOOD, type Round, type Scenario, TOGETHER } from './measuring.ts'

export type Run = {
  scenario: Scenario
  machine: Machine
  rounds: readonly Round[]
}

type Row = {
  what: string
  bare: string
  ours: string
  /** Ours beside the baseline's, as the goal is put; null where there is nothing to compare. */
  compared: number | null
  shown: string
  goal: string
  isMet: boolean | null
}

export function report({ scenario, machine, rounds: played }: Run, asJson: boolean): string {
  const bare = figuresOf(played.map((round) => round.bare))
  const ours = figuresOf(played.map((round) => round.ours))
  const floor = floorOf(played.map((round) => round.floor))
  const rounds = played.map((round) => ({ bare: figuresOf([round.bare]), ours: figuresOf([round.ours]) }))
  const spread = rounds.map((round) => round.ours.sequential.p50 / round.bare.sequential.p50)
  const beyond = floor.modelP50 + floor.echoP50
  const added = {
    bare: bare.sequential.p50 - beyond,
    ours: ours.sequential.p50 - beyond,
  }
  const rows = rowsOf(bare, ours)
  if (asJson) {
    const goals = rows.map(({ what, compared, goal, isMet }) => ({ what, compared, goal, isMet }))
    return JSON.stringify({ scenario, machine, floor, bare, ours, added, rounds, goals }, null, 2)
  }
  const table = new Table({
    head: ['', 'bare', 'ours', 'compared', 'goal', ''],
    colAligns: ['left', 'right', 'right', 'right', 'left', 'left'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  })
  for (const { what, bare, ours, shown, goal, isMet } of rows)
    table.push([what, bare, ours, shown, goal, isMet === null ? '' : isMet ? 'met' : 'missed'])
  return [
    `answer: ${scenario.title}, ${rounds.length} rounds in turn, each bot a process of its own`,
    `${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ${machine.platform}, load before ${machine.loadBefore.toFixed(1)}`,
    table.toString(),
    `Ratio at the sequential median, round by round: ${spread.map((one) => one.toFixed(2)).join(', ')}.`,
    `The model asked directly takes ${ms(floor.modelP50)}, posting and seeing a message ${ms(floor.echoP50)} (medians). ` +
      `Beyond these two the bare handler takes ${ms(added.bare)}, ours ${ms(added.ours)}: ${(added.ours / added.bare).toFixed(2)} ×.`,
    `One question asked again: bare ${ms(bare.repeated.p50)}, ours ${ms(ours.repeated.p50)}; ` +
      `the model was asked ${ours.repeated.modelCalls} times for ${ours.repeated.answered} of our answers.`,
    ...warnings(bare, ours, machine),
  ].join('\n')
}

function rowsOf(bare: BotFigures, ours: BotFigures): Row[] {
  const ratio = (what: string, of: (figures: BotFigures) => number, most: number | null): Row => {
    const compared = of(ours) / of(bare)
    return {
      what,
      bare: ms(of(bare)),
      ours: ms(of(ours)),
      compared,
      shown: `${compared.toFixed(2)} ×`,
      goal: most === null ? '' : `≤ ${most} ×`,
      isMet: most === null ? null : compared <= most,
    }
  }
  const own = (what: string, of: (figures: BotFigures) => number, unit: (n: number) => string, most: number): Row => ({
    what,
    bare: unit(of(bare)),
    ours: unit(of(ours)),
    compared: of(ours),
    shown: '',
    goal: `≤ ${unit(most)}`,
    isMet: of(ours) <= most,
  })
  const more = (what: string, of: (figures: BotFigures) => number, most: number | null): Row => {
    const compared = of(ours) - of(bare)
    return {
      what,
      bare: mb(of(bare)),
      ours: mb(of(ours)),
      compared,
      shown: `${compared < 0 ? '−' : '+'} ${mb(Math.abs(compared))}`,
      goal: most === null ? '' : `≤ + ${mb(most)}`,
      isMet: most === null ? null : compared <= most,
    }
  }
  return [
    ratio('one after the other, p50', ({ sequential }) => sequential.p50, 1.5),
    ratio('one after the other, p99', ({ sequential }) => sequential.p99, 2),
    ratio(`${TOGETHER} in flight, p50`, ({ together }) => together.p50, 1.5),
    ratio(`${TOGETHER} in flight, p99`, ({ together }) => together.p99, 2),
    ratio(`${FLOOD} in flight, p50`, ({ flood }) => flood.p50, null),
    own(`ack p99, ${FLOOD} in flight`, ({ ackP99Ms }) => ackP99Ms, ms, 100),
    own('events not acknowledged in 3 s', ({ unacked }) => unacked, String, 0),
    own('Slack calls before the model call', (figures) => figures.slackCallsBeforeModel, String, 0),
    own('Slack calls an answer', ({ slackCallsAnAnswer }) => slackCallsAnAnswer, decimals, 2),
    own('start to ready', ({ readyMs }) => readyMs, ms, 1_500),
    more('memory idle (RSS)', ({ idleMb }) => idleMb, 40),
    more('memory after the load (RSS)', ({ loadedMb }) => loadedMb, null),
    ratio('CPU time an answer', ({ cpuMsAnAnswer }) => cpuMsAnAnswer, null),
  ]
}

/** Load that others put on the machine, as a share of its cores, beyond which the figures say little. */
const QUIET_SHARE = 0.5

function warnings(bare: BotFigures, ours: BotFigures, { cores, loadBefore }: Machine): string[] {
  const unanswered = (name: string, { sequential, together, flood, repeated }: BotFigures) => {
    const count = [sequential, together, flood, repeated].reduce((sum, times) => sum + times.unanswered, 0)
    return count > 0 ? [`${count} questions to ${name} got no right answer in time; they are in no figure.`] : []
  }
  return [
    ...unanswered('bare', bare),
    ...unanswered('ours', ours),
    ...Object.entries(ours.refused).map(([call, count]) => `Slack refused ${count} of our calls: ${call}.`),
    ...(loadBefore > cores * QUIET_SHARE
      ? ['Other work was running on this machine: compare the two bots, do not trust the times, least of all p99.']
      : []),
  ]
}

const ms = (value: number) => `${value < 100 ? value.toFixed(2) : value.toFixed(0)} ms`
const mb = (value: number) => `${value.toFixed(0)} MB`
const decimals = (value: number) => value.toFixed(2)
