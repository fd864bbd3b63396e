import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp } from '../support/test-app.ts'
import { type Cast, livesInSlack, seatEverybody } from './support/in-slack.ts'

describe('the main job over HTTP', () => {
  let cast: Cast

  beforeAll(async () => {
    cast = await seatEverybody(await startTestApp({ transport: 'http' }))
  })
  afterAll(() => cast.fixture[Symbol.asyncDispose]())

  livesInSlack(() => cast)

  it('used no socket, and acknowledged everything in time', async () => {
    const { workspace } = cast.fixture.sandbox
    await workspace.settled()
    expect(workspace.sockets.count()).toBe(0)
    expect(workspace.calls.filter(({ method }) => method === 'apps.connections.open')).toEqual([])
    const late = workspace.deliveries().filter(({ reply }) => reply?.state !== 'acked')
    expect(late).toEqual([])
  })
})
