import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildProgram } from '../../src/cli/build.ts'
import { runProgram } from '../../src/cli/program.ts'
import { readMessage } from '../support/seat-reading.ts'
import { startTestApp } from '../support/test-app.ts'
import { answerTo, type Cast, CORRECTED_ACTION, livesInSlack, seatEverybody } from './support/in-slack.ts'

/** The story of the product, told once from the first question to the corrected answer, over real sockets. */
describe('the main job', () => {
  let cast: Cast

  beforeAll(async () => {
    cast = await seatEverybody(await startTestApp())
  })
  afterAll(() => cast.fixture[Symbol.asyncDispose]())

  const terminal = async (...args: string[]) => {
    const out: string[] = []
    const err: string[] = []
    const one = {
      out: (text: string) => void out.push(text),
      err: (text: string) => void err.push(text),
      isInteractive: false,
      environment: { ...cast.fixture.settings },
      signal: new AbortController().signal,
    }
    const code = await runProgram(buildProgram(one), args, one)
    return { code, out: out.join('\n'), err: err.join('\n') }
  }

  livesInSlack(() => cast)

  it('exports what was approved, and the next model has learnt it', async () => {
    const { fixture, tessa } = cast
    const file = join(fixture.folder, 'out.jsonl')
    expect(await terminal('corrections', 'export', '--format', 'openai-sft', '--out', file)).toMatchObject({ code: 0 })
    const [line = ''] = (await readFile(file, 'utf8')).trim().split('\n')
    expect(JSON.parse(line).messages.at(-1).content).toBe(
      `Error Code E-02 indicates a 'Turbidity sensor occlusion'. Recommended Action: ${CORRECTED_ACTION} (command: CLEAN_TURB). Check physical sensor for debris if error persists.`,
    )

    const folder = join(fixture.folder, 'next')
    expect(await terminal('dataset', 'build', '--out', folder)).toMatchObject({ code: 0 })
    const trained = await terminal('finetune', 'start', '--train', join(folder, 'train.jsonl'), '--watch')
    expect(trained, trained.err).toMatchObject({ code: 0 })
    const model = /succeeded: (\S+)/.exec(trained.out)?.[1] ?? ''
    const promoted = await terminal(
      ...['models', 'promote', model, '--alias', 'assistant', '--override', '--reason', 'corrected answer'],
    )
    expect(promoted, promoted.err).toMatchObject({ code: 0 })

    const asked = await terminal('ask', 'What does E-02 mean on HC5000-A-1042?')
    expect(asked.out).toContain('wait ten minutes')
    await expect
      .poll(async () => readMessage(await answerTo(tessa, await tessa.say(tessa.dm, 'E-02 on HC5000-A-1042'))), {
        timeout: 5_000,
        interval: 500,
      })
      .toContain('wait ten minutes')
  })

  it('measures what fine-tuning brought, on rows held out', async () => {
    const { fixture } = cast
    const base = fixture.settings.BASE_MODEL ?? ''
    const row = await fixture.app.core.store
      .selectFrom('aliases')
      .select('model')
      .where('alias', '=', 'assistant')
      .executeTakeFirstOrThrow()
    const data = join(fixture.folder, 'next', 'heldout.jsonl')
    const measured = await terminal('evaluate', '--models', `${base},${row.model}`, '--data', data, '--json')
    expect(measured, measured.err).toMatchObject({ code: 0 })
    const [before, after] = JSON.parse(measured.out).models
    expect(before.byLabel['E-02'].value).toBe(0)
    expect(after.accuracy.value).toBeGreaterThan(0.9)
    expect(after.unsafe.value).toBe(0)
  })
})
