import {
  COMMAND_EVENTS,
  COMMAND_STATES,
  COMMAND_TRANSITIONS,
  type CommandEvent,
  type CommandState,
} from '../../src/commands/state-machine.ts'

/** The state table as a mermaid diagram, for the documentation. */
export function commandDiagram(): string {
  const lines = COMMAND_STATES.flatMap((from) => {
    const edges = Object.entries(COMMAND_TRANSITIONS[from]) as [CommandEvent, CommandState][]
    const byTarget = Map.groupBy(edges, ([, to]) => to)
    if (byTarget.size === 0) return [`${from} --> [*]`]
    return [...byTarget].map(
      ([to, events]) => `${from} --> ${to}: ${events.map(([event]) => COMMAND_EVENTS[event]).join(' / ')}`,
    )
  })
  return ['stateDiagram-v2', '[*] --> offered', ...lines].join('\n    ')
}
