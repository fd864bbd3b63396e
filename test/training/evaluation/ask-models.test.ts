import { describe, expect, it } from 'vitest'
import { ModelFaultError } from '../../../src/diagnosis/model/errors.ts'
import { createRequestQueue, DEFAULT_LIMITS } from '../../../src/training/evaluation/ask-models.ts'

const quick = { ...DEFAULT_LIMITS, initialDelayMs: 1, retries: 2 }
const never = new AbortController().signal
const busy = (retryAfterMs: number | null = null) => new ModelFaultError('model_busy', 'busy', { retryAfterMs })
const offline = () => new ModelFaultError('model_offline', 'gone')

describe('asking many rows', () => {
  it('gets through a storm of refusals, with ever fewer requests at once', async () => {
    const asker = createRequestQueue(never, { ...quick, retries: 8, concurrency: 8 })
    let atOnce = 0
    let left = 60
    let mostAfterStorm = 0
    const answers = await asker.all(
      Array.from({ length: 40 }, (_, row) =>
        asker.run(async () => {
          atOnce += 1
          if (left === 0) mostAfterStorm = Math.max(mostAfterStorm, atOnce)
          await new Promise(setImmediate)
          atOnce -= 1
          if (left > 0) {
            left -= 1
            throw busy(1)
          }
          return row
        }),
      ),
    )
    expect(answers).toEqual(Array.from({ length: 40 }, (_, row) => row))
    expect(mostAfterStorm).toBeLessThanOrEqual(8)
  })

  it('waits as long as the server asks', async () => {
    const asker = createRequestQueue(never, quick)
    const at: number[] = []
    await asker.run(async () => {
      at.push(performance.now())
      if (at.length === 1) throw busy(120)
    })
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(115)
  })

  it('does not wait for a server that asks for an hour', async () => {
    const asker = createRequestQueue(never, quick)
    const ended = asker.run(() => Promise.reject(busy(3_600_000)))
    await expect(ended).rejects.toMatchObject({ code: 'evaluation_interrupted' })
  })

  it('stops when nothing comes through any more, and what waits is not asked', async () => {
    const asker = createRequestQueue(never, { ...quick, retries: 0, maxConsecutiveFailures: 3, concurrency: 1 })
    let asked = 0
    const work = Array.from({ length: 100 }, () =>
      asker.run(() => {
        asked += 1
        return Promise.reject(offline())
      }),
    )
    await expect(asker.all(work)).rejects.toMatchObject({
      code: 'evaluation_interrupted',
      remedy: expect.stringContaining('goes on'),
    })
    expect(asked).toBe(3)
  })

  it('goes on over single rows that cannot be asked', async () => {
    const asker = createRequestQueue(never, { ...quick, retries: 0, maxConsecutiveFailures: 3, concurrency: 1 })
    const work = Array.from({ length: 30 }, (_, row) =>
      asker.run(async () => {
        if (row % 3 > 0) throw offline()
      }),
    )
    const ended = await Promise.allSettled(work)
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
  })

  it.each(['model_missing', 'model_refused'] as const)('ends at once on %s: every row would meet it', async (code) => {
    const asker = createRequestQueue(never, quick)
    let asked = 0
    const work = Array.from({ length: 50 }, () =>
      asker.run(() => {
        asked += 1
        return Promise.reject(new ModelFaultError(code, 'no'))
      }),
    )
    await expect(asker.all(work)).rejects.toMatchObject({ code })
    expect(asked).toBeLessThanOrEqual(quick.concurrency)
  })

  it('ends when called off, also in the middle of a pause', async () => {
    const stop = new AbortController()
    const asker = createRequestQueue(stop.signal, { ...quick, retries: 5, concurrency: 2 })
    const work = Array.from({ length: 10 }, () => asker.run(() => Promise.reject(busy(60_000))))
    const ended = asker.all(work)
    setTimeout(() => stop.abort(), 20)
    await expect(ended).rejects.toMatchObject({ name: 'AbortError' })
  })
})
