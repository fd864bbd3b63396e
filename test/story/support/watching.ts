import { expect } from 'vitest'
import type { Message } from '../../../src/sandbox/page/contract.ts'
import { PEOPLE } from '../../../src/sandbox/workspace/state/seed.ts'
import type { Seat } from '../../support/seat.ts'
import { faultsOfMessage, faultsOfView, foreignTokens, liveLinks } from '../../support/slack-limits.ts'
import type { TestApp } from '../../support/test-app.ts'

/** The bot's messages in the thread of this message, the oldest first. */
export const answersTo = (seat: Seat, ts: string): readonly Message[] =>
  seat.messages().filter((one) => one.userId === PEOPLE.bot && one.threadTs === ts && !one.isEphemeral)

/** People take turns, since Slack takes one message a second in a channel. */
export function inTurn(seats: readonly Seat[]): () => Seat {
  let turn = 0
  return () => {
    turn += 1
    return seats[turn % seats.length] ?? expect.fail('nobody is there')
  }
}

/** Waits until the question that this message asked is done with, and gives the one answer it got. */
export async function oneAnswer(fixture: TestApp, seat: Seat, ts: string): Promise<Message> {
  await expect.poll(() => stateOf(fixture, ts), { timeout: 10_000, interval: 20 }).toMatch(/answered|abandoned/)
  await seat.waitFor(() => answersTo(seat, ts).length > 0, { what: `an answer to ${ts}` })
  const [answer, ...more] = answersTo(seat, ts)
  expect(more, 'one question, one answer').toEqual([])
  return answer ?? expect.fail()
}

async function stateOf({ app }: TestApp, ts: string): Promise<string> {
  const row = await app.core.store.selectFrom('questions').select('state').where('ts', '=', ts).executeTakeFirst()
  return row?.state ?? 'not asked'
}

/** Whatever came in, what the app sent to Slack kept to its limits and meant nothing by accident. */
export function expectSoundCalls({ sandbox }: TestApp): void {
  const { calls } = sandbox.workspace
  for (const { method, args, error } of calls) {
    const faults = [...whatIsWrong(method, args), ...(error && OUR_FAULTS.includes(error) ? [error] : [])]
    expect(faults, `${method} ${JSON.stringify(args)}`).toEqual([])
  }
  expect(calls.some(({ method }) => method === 'chat.postMessage')).toBe(true)
}

/** Answers of Slack that say that we sent something wrong; others are wrong on purpose in these stories. */
const OUR_FAULTS: readonly string[] = ['invalid_arguments', 'invalid_blocks', 'invalid_form_data', 'internal_error']

function whatIsWrong(method: string, args: Readonly<Record<string, unknown>>): string[] {
  if (['chat.postMessage', 'chat.update', 'chat.postEphemeral'].includes(method)) {
    const message = { text: args.text, blocks: parsed(args.blocks) ?? [] }
    return [...faultsOfMessage(message), ...foreignTokens(message), ...liveLinks(message)]
  }
  if (['views.open', 'views.update', 'views.publish'].includes(method)) {
    const view = parsed(args.view) ?? {}
    return [...faultsOfView(view), ...foreignTokens(view), ...liveLinks(view)]
  }
  return []
}

/** Forms carry objects as JSON. */
function parsed(value: unknown): object | null {
  if (typeof value === 'string') return JSON.parse(value)
  return typeof value === 'object' ? value : null
}
