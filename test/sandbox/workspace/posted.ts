import type { Message } from '../../../src/sandbox/page/contract.ts'
import type { Seat } from '../../support/seat.ts'
import type { Stage } from './stage.ts'

export const plain = (text: string) => ({ type: 'plain_text' as const, text })
export const button = (action_id: string, text: string, value = action_id) => ({
  type: 'button' as const,
  action_id,
  text: plain(text),
  value,
})
export const actions = (...elements: ReturnType<typeof button>[]) => ({
  type: 'actions' as const,
  block_id: 'acts',
  elements,
})
export const input = (block_id: string, extra: object = {}) => ({
  type: 'input' as const,
  block_id,
  label: plain(block_id),
  element: { type: 'plain_text_input' as const, action_id: 'text' },
  ...extra,
})
export const modal = (callback_id: string, ...blocks: object[]) => ({
  type: 'modal' as const,
  callback_id,
  title: plain('Correct it'),
  submit: plain('Send'),
  blocks: blocks as never,
})

/** A message with buttons in a person's direct conversation, as that person sees it. */
export async function posted(
  stage: Stage,
  userId: string,
  blocks: object[],
): Promise<{ seat: Seat; message: Message }> {
  const seat = await stage.seat(userId)
  const { ts } = await stage.client.chat.postMessage({ channel: seat.dm, text: 'press', blocks: blocks as never })
  return { seat, message: await seat.waitFor(({ messages }) => messages.find((one) => one.ts === ts)) }
}
