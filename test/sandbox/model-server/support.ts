import OpenAI, { toFile } from 'openai'
import { vi } from 'vitest'
import type { Example } from '../../../src/sandbox/model-server/learner/conversation.ts'
import { createKnowledge, type Knowledge } from '../../../src/sandbox/model-server/learner/knowledge.ts'
import { type Lessons, learn, type Step } from '../../../src/sandbox/model-server/learner/learn.ts'
import type { ModelServer } from '../../../src/sandbox/model-server/start.ts'
import { type Method, readRow } from '../../../src/sandbox/model-server/training-row.ts'
import { createYielder } from '../../../src/sandbox/model-server/yielding.ts'
import { toJsonl } from './coffee.ts'

export const BASE = 'generalist-small'

export const clientOf = (server: ModelServer) =>
  new OpenAI({ baseURL: server.url, apiKey: server.apiKey, maxRetries: 0, timeout: 20_000 })

export async function upload(client: OpenAI, content: string, name = 'rows.jsonl'): Promise<string> {
  const file = await client.files.create({ file: await toFile(Buffer.from(content), name), purpose: 'fine-tune' })
  return file.id
}

type JobParams = OpenAI.FineTuning.JobCreateParams
type Job = OpenAI.FineTuning.FineTuningJob

export const jobEnd = (client: OpenAI, id: string): Promise<Job> =>
  vi.waitFor(
    async () => {
      const job = await client.fineTuning.jobs.retrieve(id)
      if (job.finished_at === null) throw new Error(`still ${job.status}`)
      return job
    },
    { timeout: 20_000, interval: 10 },
  )

/** Uploads rows, trains on them and waits for the end of the job. */
export async function fineTune(
  client: OpenAI,
  rows: readonly unknown[],
  more: Omit<JobParams, 'training_file' | 'model'> & { model?: string } = {},
): Promise<Job> {
  const job = await client.fineTuning.jobs.create({
    model: BASE,
    ...more,
    training_file: await upload(client, toJsonl(rows)),
  })
  return await jobEnd(client, job.id)
}

export const modelOf = (job: Job): string => {
  if (job.fine_tuned_model === null) throw new Error(`the job ${job.status}: ${job.error?.message}`)
  return job.fine_tuned_model
}

/** Asks a model one question and returns what it says. */
export async function ask(client: OpenAI, model: string, question: string, system?: string): Promise<string> {
  const done = await client.chat.completions.create({
    model,
    messages: [
      ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
      { role: 'user' as const, content: question },
    ],
  })
  return done.choices[0]?.message.content ?? ''
}

/** Turns rows into examples as a job would. */
export function examplesOf(rows: readonly unknown[], method: Method = 'supervised'): Example[] {
  return rows.flatMap((one) => {
    const read = readRow(one, method)
    if ('faults' in read) throw new Error(JSON.stringify(read.faults))
    return read.examples
  })
}

/** Learns examples without a server around it. */
export async function learnt(
  examples: readonly Example[],
  more: Partial<Lessons> = {},
): Promise<{ knowledge: Knowledge; steps: Step[] }> {
  const lessons = { examples, validation: [], seed: 7, epochs: 3, batchSize: 4, ...more }
  const run = learn(lessons, createYielder())
  const steps: Step[] = []
  for (;;) {
    const next = await run.next()
    if (next.done) return { knowledge: createKnowledge(next.value), steps }
    steps.push(next.value)
  }
}

export const recall = (knowledge: Knowledge, question: string, system = ''): string | undefined =>
  knowledge.recall({ system, earlier: [], question })?.text
