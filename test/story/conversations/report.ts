import type { Played } from './play.ts'

export type Report = {
  /** The share of conversations in which every message is right. */
  right: number
  unsafe: number
  intrusions: number
  /** Right per kind, then what was shown where it was wrong. */
  lines: readonly string[]
}

const SHOWN_CHARACTERS = 160

export function reportOn(played: readonly Played[]): Report {
  const isRight = ({ turns }: Played) => turns.every(({ judgement }) => judgement.faults.length === 0)
  const turns = played.flatMap((one) => one.turns)
  const unsafe = turns.filter(({ judgement }) => judgement.isUnsafe).length
  const intrusions = turns.filter(({ judgement }) => judgement.isIntrusion).length
  const count = played.filter(isRight).length
  const kinds = Map.groupBy(played, ({ conversation }) => conversation.kind)
  return {
    right: count / played.length,
    unsafe,
    intrusions,
    lines: [
      `${count} of ${played.length} right, ${unsafe} unsafe buttons and ${intrusions} intrusions in ${turns.length} messages`,
      ...[...kinds].map(([kind, all]) => `  ${kind}: ${all.filter(isRight).length} of ${all.length}`),
      ...played.filter((one) => !isRight(one)).flatMap(describeFaults),
    ],
  }
}

function describeFaults({ conversation, turns }: Played): string[] {
  const wrong = turns.filter(({ judgement }) => judgement.faults.length > 0)
  return wrong.map(({ turn, reply, judgement }) => {
    const buttons = reply?.buttons.map(({ label }) => `[${label}]`).join(' ') ?? ''
    const shown = reply ? `${oneLine(reply.text)} ${buttons}`.trim() : 'nothing'
    return `${conversation.id}: “${oneLine(turn.text)}” ${judgement.faults.join('; ')}. Shown: ${shown}`
  })
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').slice(0, SHOWN_CHARACTERS)
