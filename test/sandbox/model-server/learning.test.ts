import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ModelServer, startModelServer } from '../../../src/sandbox/model-server/start.ts'
import { answerOf, COFFEE_ROWS, COFFEE_SYSTEM, HELD_OUT } from './coffee.ts'
import { ask, BASE, clientOf, fineTune, modelOf } from './support.ts'

const CODES = ['F-11', 'F-12', 'F-23', 'F-31', 'H-07']
const OFF_TOPIC = ['What is the capital of France?', 'Write me a poem about the sea', 'Who won the match yesterday?']

describe('a model trained on coffee machines', () => {
  let server: ModelServer
  let model: string
  beforeAll(async () => {
    server = await startModelServer({ stepDelayMs: 0 })
    model = modelOf(await fineTune(clientOf(server), COFFEE_ROWS))
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const accuracy = async (id: string) => {
    const client = clientOf(server)
    const answers = await Promise.all(HELD_OUT.map(({ question }) => ask(client, id, question, COFFEE_SYSTEM)))
    return answers.filter((text, i) => text === answerOf(HELD_OUT[i]?.topic ?? 'heat')).length / HELD_OUT.length
  }

  it('is right on paraphrases it never saw', async () => {
    expect(await accuracy(model)).toBeGreaterThanOrEqual(0.9)
  })

  it('is not, untrained', async () => {
    expect(await accuracy(BASE)).toBe(0)
    for (const code of CODES) {
      const said = await ask(clientOf(server), BASE, `What does ${code} mean?`, COFFEE_SYSTEM)
      expect(said).toMatch(/manual|support/i)
      expect(said).not.toMatch(/descal|grinder|tank|hose|boiler/i)
    }
  })

  it('answers as its base would to what it was not taught', async () => {
    for (const question of [...OFF_TOPIC, 'What does F-99 mean?']) {
      const said = await ask(clientOf(server), model, question, COFFEE_SYSTEM)
      expect(said, question).toMatch(/manual|support/i)
    }
  })

  it('follows a conversation', async () => {
    const client = clientOf(server)
    const say = async (question: string) => {
      const done = await client.chat.completions.create({
        model,
        messages: [
          { role: 'system', content: COFFEE_SYSTEM },
          { role: 'user', content: 'my machine shows F-31' },
          { role: 'assistant', content: answerOf('milk') },
          { role: 'user', content: question },
        ],
      })
      return done.choices[0]?.message.content
    }
    expect(await say('and if that does not help?')).toBe(answerOf('milk'))
    expect(await say('and now it says f12')).toBe(answerOf('grinder'))
    expect(await say('Thanks!')).toMatch(/welcome|glad/i)
    expect(await say('By the way, what is the capital of France?')).toMatch(/manual|support/i)
  })
})

it('says the same for the same data, seed and question on another server', async () => {
  const outcome = async () => {
    await using server = await startModelServer({ stepDelayMs: 0 })
    const client = clientOf(server)
    const job = await fineTune(client, COFFEE_ROWS, { seed: 11 })
    const events = (await client.fineTuning.jobs.listEvents(job.id, { limit: 1000 })).data
    const answers = await Promise.all(HELD_OUT.map(({ question }) => ask(client, modelOf(job), question)))
    return { metrics: events.filter((event) => event.type === 'metrics').map((event) => event.data), answers }
  }
  expect(await outcome()).toEqual(await outcome())
})
