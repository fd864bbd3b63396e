import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { createYielder } from '../../src/lib/yield.ts'

const PIECES = 200

it('work that takes breath lets in what comes from outside, and keeps its order', async () => {
  const order: (number | 'heard')[] = []
  await using server = createServer((socket) => {
    order.push('heard')
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const yieldTurn = createYielder()
  const work = async (piece: number) => {
    await yieldTurn()
    order.push(piece)
  }
  const all = Promise.all(Array.from({ length: PIECES }, (_, piece) => work(piece)))
  const caller = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await all
  caller.destroy()
  expect(order.filter((one) => one !== 'heard')).toEqual(Array.from({ length: PIECES }, (_, piece) => piece))
  expect(order.indexOf('heard')).toBeGreaterThan(-1)
  expect(order.indexOf('heard')).toBeLessThan(PIECES)

  // And once more when nothing has waited for a while.
  await yieldTurn()
})
