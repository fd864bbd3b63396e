import { afterEach, expect, it, vi } from 'vitest'
import { createDeviceInbox } from '../../../src/commands/devices/device-inbox.ts'
import type { DeviceMessage } from '../../../src/commands/devices/device-messages.ts'

afterEach(() => void vi.useRealTimers())

const message = (topic: string): DeviceMessage => ({ kind: 'unreadable', topic, why: 'a test' })
const open = () => {
  const errors: string[] = []
  return {
    errors,
    inbox: createDeviceInbox({ error: (_details: unknown, text?: string) => void errors.push(text ?? '') }),
  }
}

it('keeps what came before the first listener, in its order', async () => {
  const { inbox } = open()
  const heard: string[] = []
  const delivered = ['a', 'b', 'c'].map((topic) => inbox.deliver(message(topic)))
  expect(inbox.isOpen()).toBe(false)
  inbox.subscribe((each) => void (each.kind === 'unreadable' && heard.push(each.topic)))
  inbox.subscribe((each) => void (each.kind === 'unreadable' && heard.push(`${each.topic} too`)))
  await Promise.all(delivered)
  expect([inbox.isOpen(), heard]).toEqual([true, ['a', 'a too', 'b', 'b too', 'c', 'c too']])
})

it('does not let a listener that hangs keep the next message', async () => {
  vi.useFakeTimers()
  const { inbox, errors } = open()
  const heard: string[] = []
  inbox.subscribe((each) => {
    if (each.kind === 'unreadable') heard.push(each.topic)
    return new Promise(() => {})
  })
  const first = inbox.deliver(message('a'))
  void inbox.deliver(message('b'))
  await vi.advanceTimersByTimeAsync(5_000)
  await first
  expect(heard).toEqual(['a', 'b'])
  expect(errors).toEqual(['a listener to device messages hangs'])
})

it('drops what is too much to remember, and says so', async () => {
  const { inbox, errors } = open()
  const delivered = Array.from({ length: 10_001 }, (_, number) => inbox.deliver(message(String(number))))
  let count = 0
  inbox.subscribe(() => {
    count += 1
  })
  await Promise.all(delivered)
  expect([count, errors]).toEqual([10_000, ['too many device messages are waiting; one was dropped']])
})
