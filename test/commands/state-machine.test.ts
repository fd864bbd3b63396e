import { describe, expect, it } from 'vitest'
import {
  COMMAND_EVENTS,
  COMMAND_STATES,
  COMMAND_TRANSITIONS,
  type CommandEvent,
  type CommandState,
  isActive,
  isSettled,
  nextState,
  SENDING_EVENTS,
} from '../../src/commands/state-machine.ts'
import { commandDiagram } from '../house/command-diagram.ts'
import fc from '../support/properties.ts'

const EVENTS = Object.keys(COMMAND_EVENTS) as CommandEvent[]
const story = fc.array(fc.constantFrom(...EVENTS), { maxLength: 60 })

/** The steps that a command takes when these things happen, those that change nothing left out. */
function walk(events: readonly CommandEvent[]): { from: CommandState; event: CommandEvent; to: CommandState }[] {
  const steps = []
  let state: CommandState = 'offered'
  for (const event of events) {
    const to = nextState(state, event)
    if (!to) continue
    steps.push({ from: state, event, to })
    state = to
  }
  return steps
}

/** All states that can come after this one. */
function reachable(from: CommandState, seen = new Set<CommandState>()): Set<CommandState> {
  for (const to of Object.values(COMMAND_TRANSITIONS[from])) {
    if (seen.has(to)) continue
    seen.add(to)
    reachable(to, seen)
  }
  return seen
}

describe('the states of a command', () => {
  it('send at most once, whatever happens', () => {
    fc.assert(
      fc.property(story, (events) => {
        const sends = walk(events).filter(({ event }) => SENDING_EVENTS.some((sending) => sending === event))
        expect(sends.length).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('take nothing from a device before it was sent', () => {
    fc.assert(
      fc.property(story, (events) => {
        const steps = walk(events)
        const sent = steps.findIndex(({ event }) => SENDING_EVENTS.some((sending) => sending === event))
        const heard = steps.findIndex(({ event }) => ['accepted', 'running', 'succeeded', 'rejected'].includes(event))
        expect(heard === -1 || (sent !== -1 && sent < heard)).toBe(true)
      }),
    )
  })

  it('send a command that was asked for approval only after it was approved', () => {
    fc.assert(
      fc.property(story, (events) => {
        const steps = walk(events)
        const states = steps.map(({ to }) => to)
        if (states.includes('awaiting_approval') && states.includes('sent')) expect(states).toContain('approved')
      }),
    )
  })

  it('can all be reached, and can all reach an end', () => {
    expect([...reachable('offered'), 'offered'].toSorted()).toEqual(COMMAND_STATES.toSorted())
    for (const state of COMMAND_STATES) {
      const ends = [state, ...reachable(state)].filter(isSettled)
      expect(ends, state).not.toEqual([])
    }
  })

  it('end by time alone, from wherever a command is offered or under way', () => {
    for (const state of COMMAND_STATES.filter((each) => each === 'offered' || isActive(each))) {
      const end = nextState(state, 'time_out')
      expect(end, state).not.toBeNull()
      expect(end && isActive(end), state).toBe(false)
    }
  })

  it('let a late result settle unknown, and let nothing else move what has ended', () => {
    for (const state of COMMAND_STATES.filter((each) => each !== 'offered' && !isActive(each))) {
      const moves = EVENTS.filter((event) => nextState(state, event) !== null)
      expect(moves, state).toEqual(state === 'unknown' ? ['succeeded', 'failed', 'rejected'] : [])
    }
  })

  it('know active, settled and neither apart', () => {
    for (const state of COMMAND_STATES) expect(isActive(state) && isSettled(state), state).toBe(false)
    const neither = COMMAND_STATES.filter((state) => !isActive(state) && !isSettled(state))
    expect(neither).toEqual(['offered', 'unknown'])
  })
})

describe('the diagram', () => {
  it('shows every state and every step of the table, each once', () => {
    const [head, ...lines] = commandDiagram()
      .split('\n')
      .map((line) => line.trim())
    expect(head).toBe('stateDiagram-v2')
    expect(lines[0]).toBe('[*] --> offered')
    expect(new Set(lines).size).toBe(lines.length)
    const edges = COMMAND_STATES.flatMap((from) =>
      (Object.entries(COMMAND_TRANSITIONS[from]) as [CommandEvent, CommandState][]).map(([event, to]) => ({
        from,
        event,
        to,
      })),
    )
    for (const { from, event, to } of edges) {
      const line = lines.find((each) => each.startsWith(`${from} --> ${to}: `))
      expect(line?.split(': ')[1]?.split(' / '), `${from} ${event}`).toContain(COMMAND_EVENTS[event])
    }
    const told = lines.flatMap((line) => line.split(': ')[1]?.split(' / ') ?? [])
    expect(told).toHaveLength(edges.length)
    for (const state of COMMAND_STATES.filter(isSettled)) expect(lines).toContain(`${state} --> [*]`)
  })
})
