import { describe, expect, it } from 'vitest'
import { createThrottledUpdates } from '../../../src/slack/progress/throttled-updates.ts'

describe('a growing text', () => {
  it('is shown one call at a time, and only in its newest form', async () => {
    const shown: string[] = []
    const calls: (() => void)[] = []
    const { promise: second, resolve } = Promise.withResolvers<void>()
    const growing = createThrottledUpdates({
      pauseMs: () => 0,
      show: (text) =>
        new Promise((done) => {
          shown.push(text)
          calls.push(() => done(0))
          if (shown.length === 2) resolve()
        }),
    })
    for (const text of ['a', 'ab', 'abc']) growing.show(text)
    expect(shown).toEqual(['a'])
    calls[0]?.()
    await second
    expect(shown).toEqual(['a', 'abc'])
    calls[1]?.()
    await growing.stop()
  })

  it('is left alone once it was stopped, and stopping waits for the call under way', async () => {
    const shown: string[] = []
    const under = Promise.withResolvers<number>()
    const growing = createThrottledUpdates({
      pauseMs: () => 0,
      show(text) {
        shown.push(text)
        return under.promise
      },
    })
    growing.show('a')
    await expect.poll(() => shown).toEqual(['a'])
    let isStopped = false
    const stopping = growing.stop().then(() => {
      isStopped = true
    })
    growing.show('ab')
    await new Promise(setImmediate)
    expect(isStopped).toBe(false)
    under.resolve(0)
    await stopping
    expect(shown).toEqual(['a'])
  })

  it('does not keep stopping waiting for its pause', async () => {
    const growing = createThrottledUpdates({ pauseMs: () => 60_000, show: async () => 0 })
    growing.show('a')
    await growing.stop()
  })
})
