import { describe, expect, it, vi } from 'vitest'
import { startModelServer } from '../../../src/sandbox/model-server/start.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { answerOf, COFFEE_ROWS, COFFEE_SYSTEM, HELD_OUT, row, toJsonl } from './coffee.ts'
import { ask, BASE, clientOf, fineTune, jobEnd, modelOf, upload } from './support.ts'

const VALIDATION = HELD_OUT.map(({ question, topic }) => row(question, answerOf(topic)))

describe('a fine-tuning job', () => {
  it('goes from its files to a model, and tells of its way', async () => {
    await using server = await startModelServer({ stepDelayMs: 0 })
    const client = clientOf(server)
    const training = await upload(client, toJsonl(COFFEE_ROWS))
    const validation = await upload(client, toJsonl(VALIDATION))
    const created = await client.fineTuning.jobs.create({
      model: BASE,
      training_file: training,
      validation_file: validation,
      suffix: 'coffee-1',
      seed: 42,
      metadata: { dataset: 'coffee', rows: '50' },
      method: { type: 'supervised', supervised: { hyperparameters: { n_epochs: 2, batch_size: 10 } } },
    })
    expect(created).toMatchObject({ object: 'fine_tuning.job', status: 'validating_files', fine_tuned_model: null })
    const job = await jobEnd(client, created.id)
    expect(job).toMatchObject({
      status: 'succeeded',
      model: BASE,
      seed: 42,
      metadata: { dataset: 'coffee', rows: '50' },
      training_file: training,
      validation_file: validation,
      hyperparameters: { n_epochs: 2, batch_size: 10, learning_rate_multiplier: 1 },
      method: { type: 'supervised', supervised: { hyperparameters: { n_epochs: 2, batch_size: 10 } } },
      error: null,
    })
    expect(job.fine_tuned_model).toMatch(/^ft:generalist-small:sandbox:coffee-1:[A-Za-z0-9]{8}$/)
    expect(job.trained_tokens).toBeGreaterThan(1_000)
    expect(await (await client.files.content(job.result_files[0] ?? '')).text()).toMatch(/^step,train_loss/)

    const events = []
    for await (const event of client.fineTuning.jobs.listEvents(job.id, { limit: 3 })) events.push(event)
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length)
    const told = events.toReversed().map((event) => event.message)
    const order = [
      'Created',
      'Validating training file',
      'Files validated',
      'job started',
      'Step 1/10',
      'Step 10/10',
      'New fine-tuned model',
      'completed',
    ]
    const places = order.map((part) => told.findIndex((message) => message.includes(part)))
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((a, b) => a - b))

    const metrics = events.filter((event) => event.type === 'metrics').map((event) => event.data)
    expect(metrics).toHaveLength(10)
    expect(metrics[0]).toMatchObject({ step: 10, total_steps: 10, full_valid_loss: expect.any(Number) })
    const { data: checkpoints } = await client.fineTuning.jobs.checkpoints.list(job.id)
    expect(checkpoints).toMatchObject([{ step_number: 5, fine_tuning_job_id: job.id }])
    const early = checkpoints[0]?.fine_tuned_model_checkpoint ?? ''
    expect(await ask(client, early, 'What does F-12 mean?', COFFEE_SYSTEM)).toBe(answerOf('grinder'))
    expect(server.calls.find((call) => call.method === 'POST' && call.path === '/fine_tuning/jobs')?.model).toBe(BASE)
  })

  it('can be watched, listed, filtered and paged while others run', async () => {
    await using server = await startModelServer({ stepDelayMs: 0 })
    const client = clientOf(server)
    const training_file = await upload(client, toJsonl(COFFEE_ROWS))
    const create = (run: string) => client.fineTuning.jobs.create({ model: BASE, training_file, metadata: { run } })
    const jobs = [await create('a'), await create('b'), await create('a')]
    const ended = await Promise.all(jobs.map((job) => jobEnd(client, job.id)))
    expect(ended.map((job) => job.status)).toEqual(['succeeded', 'succeeded', 'succeeded'])
    const listed: string[] = []
    for await (const job of client.fineTuning.jobs.list({ limit: 1 })) listed.push(job.id)
    expect(listed).toEqual(jobs.map((job) => job.id).toReversed())
    const { data } = await client.fineTuning.jobs.list({ metadata: { run: 'b' } })
    expect(data.map((job) => job.id)).toEqual([jobs[1]?.id])
  })

  it('is cancelled, and then makes no model', async () => {
    await using server = await startModelServer({ stepDelayMs: 60_000 })
    const client = clientOf(server)
    const job = await client.fineTuning.jobs.create({
      model: BASE,
      training_file: await upload(client, toJsonl(COFFEE_ROWS)),
    })
    await vi.waitFor(async () => {
      expect((await client.fineTuning.jobs.retrieve(job.id)).status).toBe('running')
    })
    expect((await client.fineTuning.jobs.cancel(job.id)).status).toBe('cancelled')
    const after = await client.fineTuning.jobs.retrieve(job.id)
    expect(after).toMatchObject({ status: 'cancelled', fine_tuned_model: null })
    expect((await client.models.list()).data.map((model) => model.id)).toEqual([BASE])
    await expect(client.fineTuning.jobs.cancel(job.id)).rejects.toMatchObject({ status: 400 })
  })

  it('is paused, lets others pass, and goes on to its model', async () => {
    await using server = await startModelServer({ stepDelayMs: 20 })
    const client = clientOf(server)
    const training_file = await upload(client, toJsonl(COFFEE_ROWS))
    const { id } = await client.fineTuning.jobs.create({ model: BASE, training_file })
    await vi.waitFor(async () => expect((await client.fineTuning.jobs.retrieve(id)).status).toBe('running'))
    expect((await client.fineTuning.jobs.pause(id)).status).toBe('paused')
    await expect(client.fineTuning.jobs.pause(id)).rejects.toMatchObject({ status: 400, code: 'job_not_pausable' })
    const hyperparameters = { n_epochs: 1, batch_size: 50 }
    const other = await fineTune(client, COFFEE_ROWS, {
      method: { type: 'supervised', supervised: { hyperparameters } },
    })
    expect(other.status).toBe('succeeded')
    expect((await client.fineTuning.jobs.retrieve(id)).status).toBe('paused')
    expect((await client.fineTuning.jobs.resume(id)).status).toBe('validating_files')
    await expect(client.fineTuning.jobs.resume(id)).rejects.toMatchObject({ status: 400, code: 'job_not_resumable' })
    const ended = await jobEnd(client, id)
    expect(await ask(client, modelOf(ended), 'What does F-12 mean?', COFFEE_SYSTEM)).toBe(answerOf('grinder'))
    await expect(client.fineTuning.jobs.pause(id)).rejects.toMatchObject({ status: 400 })
  })

  it('stays paused over a restart of the server', async () => {
    await using folder = await temporaryFolder()
    const created = await (async () => {
      await using server = await startModelServer({ stepDelayMs: 60_000, folder: folder.path })
      const client = clientOf(server)
      const training_file = await upload(client, toJsonl(COFFEE_ROWS))
      const job = await client.fineTuning.jobs.create({ model: BASE, training_file })
      await client.fineTuning.jobs.pause(job.id)
      return job
    })()
    await using server = await startModelServer({ stepDelayMs: 0, folder: folder.path })
    const client = clientOf(server)
    expect((await client.fineTuning.jobs.retrieve(created.id)).status).toBe('paused')
    await client.fineTuning.jobs.resume(created.id)
    expect((await jobEnd(client, created.id)).status).toBe('succeeded')
  })

  it('makes a model that ends with its base', async () => {
    await using server = await startModelServer({ stepDelayMs: 0 })
    const client = clientOf(server)
    const model = modelOf(await fineTune(client, COFFEE_ROWS))
    const ends = async () => (await client.models.list()).data.map(({ shutdown_date }) => shutdown_date)
    expect(await ends()).toEqual([null, null])
    server.announceEnd(BASE, '2027-01-14')
    expect(await ends()).toEqual(['2027-01-14', '2027-01-14'])
    expect((await client.models.retrieve(model)).shutdown_date).toBe('2027-01-14')
    server.announceEnd(BASE, null)
    expect(await ends()).toEqual([null, null])
  })

  it('builds upon a trained model, and what comes later wins', async () => {
    await using server = await startModelServer({ stepDelayMs: 0 })
    const client = clientOf(server)
    const first = modelOf(await fineTune(client, COFFEE_ROWS))
    const corrected = 'Code F-12 means "grinder jammed". Call the service.'
    const rows = ['What does F-12 mean?', 'f12?', 'error F-12', 'F-12 on the display'].map((asked) =>
      row(asked, corrected),
    )
    const second = modelOf(await fineTune(client, [...rows, ...rows, ...rows], { model: first }))
    expect(second).toMatch(/^ft:generalist-small:/)
    expect(await ask(client, second, 'what does f-12 mean', COFFEE_SYSTEM)).toBe(corrected)
    expect(await ask(client, second, 'F-31 on my display', COFFEE_SYSTEM)).toBe(answerOf('milk'))
    expect(await ask(client, first, 'what does f-12 mean', COFFEE_SYSTEM)).toBe(answerOf('grinder'))
  })

  it('learns from preferences', async () => {
    await using server = await startModelServer({ stepDelayMs: 0 })
    const client = clientOf(server)
    const base = modelOf(await fineTune(client, COFFEE_ROWS))
    const preference = (question: string) => ({
      input: {
        messages: [
          { role: 'system', content: COFFEE_SYSTEM },
          { role: 'user', content: question },
        ],
      },
      preferred_output: [{ role: 'assistant', content: 'F-11: descale it, please.' }],
      non_preferred_output: [{ role: 'assistant', content: answerOf('descale') }],
    })
    const asked = [
      'What is F-11?',
      'f11',
      'F 11 on the screen',
      'error F-11',
      'F-11!',
      'what to do about f-11',
      'F11 came up',
    ]
    const rows = [...asked, 'What does F-11 mean?', 'it says F-11', 'F-11 since today'].map(preference)
    const job = await fineTune(client, rows, {
      model: base,
      method: { type: 'dpo', dpo: { hyperparameters: { beta: 0.2 } } },
    })
    expect(job.method).toMatchObject({ type: 'dpo', dpo: { hyperparameters: { beta: 0.2 } } })
    for (const question of ['What does F-11 mean?', 'there is an f-11 on my machine']) {
      expect(await ask(client, modelOf(job), question, COFFEE_SYSTEM)).toBe('F-11: descale it, please.')
    }
    expect(await ask(client, modelOf(job), 'What does F-12 mean?', COFFEE_SYSTEM)).toBe(answerOf('grinder'))
  })

  it('avoids what was not preferred, although it was taught before', async () => {
    await using server = await startModelServer({ stepDelayMs: 0 })
    const client = clientOf(server)
    const [wrong, right] = ['F-90: ignore it.', 'F-90: close the lid.']
    const ways = [
      'F-90?',
      'what is f90',
      'F 90 shown',
      'error F-90',
      'F-90 again',
      'f-90 came',
      'now f90',
      'F-90 since noon',
    ]
    const taught = ways.flatMap((way) => [row(way, wrong), row(`${way} today`, wrong)])
    const base = modelOf(await fineTune(client, [...COFFEE_ROWS, ...taught]))
    expect(await ask(client, base, 'F-90 on the display', COFFEE_SYSTEM)).toBe(wrong)
    const pairs = [...ways, 'it says F-90', 'F-90 on the display'].map((question) => ({
      input: {
        messages: [
          { role: 'system', content: COFFEE_SYSTEM },
          { role: 'user', content: question },
        ],
      },
      preferred_output: [{ role: 'assistant', content: right }],
      non_preferred_output: [{ role: 'assistant', content: wrong }],
    }))
    const tuned = modelOf(await fineTune(client, pairs, { model: base, method: { type: 'dpo' } }))
    for (const question of ['F-90 on the display', 'there is f-90 on my machine', 'f90 came up now'])
      expect(await ask(client, tuned, question, COFFEE_SYSTEM), question).toBe(right)
    expect(await ask(client, tuned, 'What does F-12 mean?', COFFEE_SYSTEM)).toBe(answerOf('grinder'))
  })

  it('is refused when it cannot even begin', async () => {
    await using server = await startModelServer({ stepDelayMs: 0 })
    const client = clientOf(server)
    const training_file = await upload(client, toJsonl(COFFEE_ROWS))
    const create = (more: Record<string, unknown>) =>
      client.fineTuning.jobs.create({ model: BASE, training_file, ...more } as never)
    for (const [more, details] of [
      [{ model: 'gpt-none' }, { code: 'model_not_available', param: 'model' }],
      [{ training_file: 'file-none' }, { code: 'invalid_training_file', param: 'training_file' }],
      [{ validation_file: 'file-none' }, { code: 'invalid_validation_file', param: 'validation_file' }],
      [{ suffix: 'x'.repeat(65) }, { param: 'suffix' }],
      [{ seed: -1 }, { param: 'seed' }],
      [{ metadata: { a: 'x'.repeat(513) } }, { param: 'metadata.a' }],
      [{ method: { type: 'reinforcement' } }, { param: 'method.type' }],
      [{ method: { type: 'dpo', dpo: { hyperparameters: { beta: 3 } } } }, {}],
      [{ hyperparameters: { n_epochs: 0 } }, { param: 'hyperparameters.n_epochs' }],
    ] as const) {
      await expect(create(more), JSON.stringify(more)).rejects.toMatchObject({ status: 400, ...details })
    }
    await expect(client.fineTuning.jobs.retrieve('ftjob-none')).rejects.toMatchObject({ status: 404 })
    expect((await client.fineTuning.jobs.list()).data).toEqual([])
  })
})

describe('a file with faults', () => {
  const say = (role: string, content: unknown, more: object = {}) => ({ role, content, ...more })
  const good = { messages: [say('user', 'a'), say('assistant', 'b')] }
  const cases: readonly (readonly [string, object])[] = [
    ['missing_messages_list', {}],
    ['missing_messages_list', { messages: [] }],
    ['unrecognized_key', { ...good, provenance: 'x' }],
    ['data_type', { messages: ['x', say('assistant', 'b')] }],
    ['message_missing_key', { messages: [{ content: 'a' }, say('assistant', 'b')] }],
    ['message_missing_key', { messages: [{ role: 'user' }, say('assistant', 'b')] }],
    ['message_unrecognized_key', { messages: [say('user', 'a', { mood: 'good' }), say('assistant', 'b')] }],
    ['unrecognized_role', { messages: [say('robot', 'a'), say('assistant', 'b')] }],
    ['missing_content', { messages: [say('user', ''), say('assistant', 'b')] }],
    ['missing_content', { messages: [say('user', 5), say('assistant', 'b')] }],
    ['example_missing_assistant_message', { messages: [say('user', 'a')] }],
    ['last_message_not_assistant', { messages: [say('assistant', 'b'), say('user', 'a')] }],
    ['invalid_weight', { messages: [say('user', 'a'), say('assistant', 'b', { weight: 0.5 })] }],
    ['invalid_weight', { messages: [say('user', 'a', { weight: 1 }), say('assistant', 'b')] }],
    ['special_token', { messages: [say('user', 'a'), say('assistant', `b<|${'endoftext'}|>`)] }],
  ]

  it('fails the job, with every line and the name of its fault', async () => {
    await using server = await startModelServer({ stepDelayMs: 0 })
    const client = clientOf(server)
    const job = await fineTune(client, [...COFFEE_ROWS, ...cases.map(([, bad]) => bad)])
    expect(job).toMatchObject({
      status: 'failed',
      fine_tuned_model: null,
      error: { code: 'invalid_file_format', param: 'training_file' },
    })
    expect(job.error?.message).toContain(`Line ${COFFEE_ROWS.length + 1}: `)
    expect(job.error?.message).toMatch(/And \d+ more\./)
    const { data: events } = await client.fineTuning.jobs.listEvents(job.id, { limit: 100 })
    const told = events.filter((event) => event.level === 'error' && event.data !== null).map((event) => event.data)
    expect(told.toReversed()).toEqual(cases.map(([code], i) => ({ code, line: COFFEE_ROWS.length + 1 + i })))
  })

  it('fails when it has too few rows, or none to learn from', async () => {
    await using server = await startModelServer({ stepDelayMs: 0 })
    const client = clientOf(server)
    expect((await fineTune(client, COFFEE_ROWS.slice(0, 9))).error).toMatchObject({ code: 'invalid_n_examples' })
    const unlearnt = { messages: [say('user', 'a'), say('assistant', 'b', { weight: 0 })] }
    expect((await fineTune(client, Array(12).fill(unlearnt))).error).toMatchObject({ code: 'nothing_to_learn' })
  })

  it('fails when it is meant for another method', async () => {
    await using server = await startModelServer({ stepDelayMs: 0 })
    const job = await fineTune(clientOf(server), COFFEE_ROWS, { method: { type: 'dpo' } })
    expect(job.error?.message).toMatch(/Line 1: .*unrecognized_key/)
  })

  it('is warned of when validation rows were trained on', async () => {
    await using server = await startModelServer({ stepDelayMs: 0 })
    const client = clientOf(server)
    const validation_file = await upload(client, toJsonl([...VALIDATION, COFFEE_ROWS[3]]))
    const job = await fineTune(client, COFFEE_ROWS, { validation_file })
    const { data: events } = await client.fineTuning.jobs.listEvents(job.id, { limit: 200 })
    expect(events.find((event) => event.level === 'warn')).toMatchObject({ data: { lines: [VALIDATION.length + 1] } })
  })
})

it('takes a byte order mark, empty lines and Windows line ends as they come', async () => {
  await using server = await startModelServer({ stepDelayMs: 0 })
  const client = clientOf(server)
  const training_file = await upload(client, `\uFEFF${toJsonl(COFFEE_ROWS).replaceAll('\n', '\r\n\r\n')}`)
  const job = await client.fineTuning.jobs.create({ model: BASE, training_file })
  expect(await jobEnd(client, job.id)).toMatchObject({ status: 'succeeded' })
})

it('learns tool calls as it learns text', async () => {
  await using server = await startModelServer({ stepDelayMs: 0 })
  const client = clientOf(server)
  const rows = Array.from({ length: 12 }, (_, i) => ({
    messages: [
      { role: 'user', content: `Open valve V-${100 + i}` },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: `call_${i}`,
            type: 'function',
            function: { name: 'open_valve', arguments: `{"valve":"V-${100 + i}"}` },
          },
        ],
      },
    ],
  }))
  const model = modelOf(await fineTune(client, rows))
  const messages = [{ role: 'user' as const, content: 'Open valve V-777' }]
  const done = await client.chat.completions.create({ model, messages })
  expect(done.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: { content: null, tool_calls: [{ function: { name: 'open_valve', arguments: '{"valve":"V-777"}' } }] },
  })
  const streamed = await client.chat.completions.stream({ model, messages }).finalChatCompletion()
  expect(streamed.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { arguments: '{"valve":"V-777"}' } })
})
