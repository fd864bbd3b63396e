import { zodResponseFormat } from 'openai/helpers/zod'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { fillSchema, type Schema } from '../../../src/sandbox/model-server/generalist/filling.ts'
import { startModelServer } from '../../../src/sandbox/model-server/start.ts'
import fc from '../../support/properties.ts'
import { COFFEE_ROWS, COFFEE_SYSTEM } from './coffee.ts'
import { BASE, clientOf, fineTune, modelOf } from './support.ts'

const Ticket = z.object({
  why: z.string(),
  team: z.enum(['Network', 'Heating_Fault', 'Billing']),
  floor: z.int(),
  urgent: z.boolean(),
  tags: z.array(z.enum(['new', 'known'])),
  note: z.string().nullable(),
})
const schema = (form: z.ZodType) => z.toJSONSchema(form) as Schema
const fill = (form: z.ZodType, question: string) => fillSchema(schema(form), { system: '', earlier: [], question }, 0)
const ask = (content: string) => [{ role: 'user' as const, content }]

describe('an answer in a form', () => {
  it('has it, over the wire, from a base model and from a trained one', async () => {
    await using server = await startModelServer({ stepDelayMs: 0 })
    const client = clientOf(server)
    const tuned = modelOf(await fineTune(client, COFFEE_ROWS))
    for (const model of [BASE, tuned]) {
      const done = await client.chat.completions.parse({
        model,
        messages: ask('The heating on floor 3 makes noise.'),
        response_format: zodResponseFormat(Ticket, 'ticket'),
      })
      expect(done.choices[0]?.message.parsed).toMatchObject({ team: 'Heating_Fault', floor: 3 })
      expect(done.usage?.completion_tokens).toBeGreaterThan(0)
    }
    const plain = await client.chat.completions.create({
      model: tuned,
      messages: [{ role: 'system', content: COFFEE_SYSTEM }, ...ask('F-11, as JSON')],
      response_format: { type: 'json_object' },
    })
    expect(JSON.parse(plain.choices[0]?.message.content ?? '')).toHaveProperty('answer')
  })

  it('follows a schema that the instructions show', async () => {
    await using server = await startModelServer()
    const done = await clientOf(server).chat.completions.create({
      model: BASE,
      messages: [
        { role: 'system', content: `Answer with JSON. Its schema: ${JSON.stringify(schema(Ticket))}` },
        ...ask('A question on billing'),
      ],
      response_format: { type: 'json_object' },
    })
    expect(Ticket.parse(JSON.parse(done.choices[0]?.message.content ?? '')).team).toBe('Billing')
  })

  it('chooses the part of the prompt that fits the rest, whatever its place, and neither of two alike', () => {
    const Better = z.object({ better: z.enum(['left', 'right', 'same']) })
    const pair = (left: string, right: string) =>
      fill(Better, `<text>The cat sat on the mat</text><left_one>${left}</left_one><right_one>${right}</right_one>`)
    expect(pair('A cat sat on a mat', 'Stocks fell today')).toEqual({ better: 'left' })
    expect(pair('Stocks fell today', 'A cat sat on a mat')).toEqual({ better: 'right' })
    expect(pair('Stocks fell today', 'Stocks fell today')).toEqual({ better: 'same' })
  })

  it('fits whatever the schema and the words', () => {
    const leaf = fc.constantFrom<z.ZodType>(
      z.string(),
      z.int(),
      z.number(),
      z.boolean(),
      z.null(),
      z.literal('one'),
      z.enum(['x', 'y']),
    )
    const { form } = fc.letrec<{ form: z.ZodType }>((tie) => ({
      form: fc.oneof(
        { maxDepth: 4 },
        leaf,
        tie('form').map((one) => z.array(one)),
        tie('form').map((one) => one.nullable()),
        fc
          .dictionary(
            fc.string({ minLength: 1, maxLength: 5 }).filter((key) => key !== '__proto__'),
            tie('form'),
            { maxKeys: 3 },
          )
          .map((shape) => z.object(shape)),
      ),
    }))
    fc.assert(
      fc.property(form, fc.string(), (one, question) => {
        expect(one.safeParse(fill(one, question)).success).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('is refused as the real API refuses it', async () => {
    await using server = await startModelServer()
    const client = clientOf(server)
    const create = (response_format: object, content = 'hello') =>
      client.chat.completions.create({ model: BASE, messages: ask(content), response_format } as never)
    await expect(create({ type: 'json_object' })).rejects.toMatchObject({ status: 400, param: 'messages' })
    const strict = (inner: object) => ({ type: 'json_schema', json_schema: { name: 'x', strict: true, schema: inner } })
    const open = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
    await expect(create(strict(open))).rejects.toMatchObject({ status: 400, param: 'response_format' })
    const loose = { type: 'object', properties: { a: open }, required: [], additionalProperties: false }
    await expect(create(strict(loose))).rejects.toThrow(/Missing 'a'/)
    await expect(
      create({ type: 'json_schema', json_schema: { name: 'not a name', schema: {} } }),
    ).rejects.toMatchObject({
      param: 'response_format.json_schema.name',
    })
  })
})
