import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildProgram } from '../../src/cli/build.ts'
import { runProgram } from '../../src/cli/program.ts'
import { PEOPLE } from '../../src/sandbox/workspace/seed.ts'
import { type House, openHouse } from '../support/house.ts'
import type { Scene, Seat } from '../support/seat.ts'
import { readMessage } from '../support/seat-reading.ts'

/** The story of the product, told once from the first question to the corrected answer, over real sockets. */
describe('the main job', () => {
  let house: House
  let tessa: Seat
  let ruth: Seat
  let omar: Seat
  const bot = PEOPLE.bot

  beforeAll(async () => {
    house = await openHouse()
    tessa = await house.seat(PEOPLE.technician)
    omar = await house.seat(PEOPLE.operator)
    ruth = await house.seat(PEOPLE.reviewer)
  })
  afterAll(() => house[Symbol.asyncDispose]())

  const answerTo = (seat: Seat, ts: string) =>
    seat.waitFor(({ messages }) => messages.find((one) => one.userId === bot && one.threadTs === ts))

  const terminal = async (...args: string[]) => {
    const out: string[] = []
    const err: string[] = []
    const one = {
      out: (text: string) => void out.push(text),
      err: (text: string) => void err.push(text),
      isInteractive: false,
      environment: { ...house.settings },
      signal: new AbortController().signal,
    }
    const code = await runProgram(buildProgram(one), args, one)
    return { code, out: out.join('\n'), err: err.join('\n') }
  }

  it('answers in a direct message, in the thread of the question', async () => {
    const ts = await tessa.say(tessa.dm, "My HydroCore unit HC5000-A-1138 is showing error E-02. What's wrong?")
    const said = readMessage(await answerTo(tessa, ts))
    expect(said).toContain('Turbidity sensor occlusion')
    expect(said).toContain('Trigger automated cleaning cycle')
    expect(said).toContain('HC5000-A-1138')
    expect(said).toContain('Run CLEAN_TURB')
    expect(said).toContain('ft:generalist-small')
    expect(said).toContain(`catalog ${house.app.core.catalog.version}`)
  })

  it('answers a mention once, although Slack sends two events for it', async () => {
    const { fieldSupport } = house.sandbox.workspace.channels
    const ts = await tessa.say(fieldSupport, `<@${bot}> what does E-01 mean?`)
    const answer = await answerTo(tessa, ts)
    expect(readMessage(answer)).toContain('pH sensor calibration drift')
    await house.sandbox.workspace.settled()
    expect(tessa.messages(fieldSupport).filter((one) => one.userId === bot && one.threadTs === ts)).toHaveLength(1)
  })

  it('answers /diagnose in the channel', async () => {
    const { fieldSupport } = house.sandbox.workspace.channels
    await tessa.command('/diagnose W-10 HC5000-A-1042', fieldSupport)
    const found = await tessa.waitFor(({ messages }) =>
      messages.find((one) => one.channel === fieldSupport && readMessage(one).includes('Low battery')),
    )
    expect(readMessage(found)).toContain('HC5000-A-1042')
  })

  it('remembers what a thread is about', async () => {
    const ts = await tessa.say(tessa.dm, 'What is E-05?')
    await answerTo(tessa, ts)
    await tessa.say(tessa.dm, 'and if that does not help?', { threadTs: ts })
    const second = await tessa.waitFor(
      ({ messages }) => messages.filter((one) => one.userId === bot && one.threadTs === ts)[1],
    )
    expect(readMessage(second)).toContain('Communication module failure')
  })

  it('sends the command once, whoever presses how often, and shows the device’s words', async () => {
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-B-2201')
    const answer = await answerTo(tessa, ts)
    await Promise.all([
      tessa.click(answer, 'Run CLEAN_TURB'),
      tessa.click(answer, 'Run CLEAN_TURB'),
      tessa.click(answer, 'Run CLEAN_TURB'),
    ])
    const done = await tessa.waitFor(
      ({ messages }) => messages.find((one) => one.ts === answer.ts && readMessage(one).includes('succeeded')),
      { what: 'the result of the command' },
    )
    expect(readMessage(done)).toContain(`Pressed by <@${PEOPLE.technician}>`)
    expect(readMessage(done)).toMatch(/turbidity/i)
    expect(house.sandbox.devices.received.filter(({ device }) => device === 'HC5000-B-2201')).toHaveLength(1)
  })

  it('takes a reaction as a vote, and its removal as none', async () => {
    const ts = await tessa.say(tessa.dm, 'E-01 please')
    const answer = await answerTo(tessa, ts)
    const { store } = house.app.core
    const marks = () =>
      store.selectFrom('vote_marks').select(['value', 'is_set']).where('voter', '=', PEOPLE.technician).execute()
    await tessa.react(answer, '+1')
    await house.sandbox.workspace.settled()
    await expect.poll(marks).toEqual([{ value: 1, is_set: 1 }])
    await tessa.unreact(answer, '+1')
    await expect.poll(marks).toEqual([{ value: 1, is_set: 0 }])
  })

  it('learns what a technician corrected and a reviewer approved', async () => {
    const ts = await tessa.say(tessa.dm, 'HC5000-C-0007 shows E-02 again')
    const answer = await answerTo(tessa, ts)
    await tessa.click(answer, '👎')
    const form = await tessa.waitFor(topModal)
    const faulty = await tessa.submit(form, { reason: 'wrong_action', action: '' })
    expect(faulty).toMatchObject({ ok: false })
    const correct = 'Trigger automated cleaning cycle and wait ten minutes'
    expect(await tessa.submit(form, { reason: 'wrong_action', action: correct })).toMatchObject({ ok: true })

    await ruth.openHome()
    const home = await ruth.waitFor(({ home: view }) => (view && JSON.stringify(view).includes(correct) ? view : null))
    expect(JSON.stringify(home)).not.toContain('HC5000-C-0007')
    await ruth.click(home, 'Approve')
    await ruth.waitFor(({ home: view }) => view && JSON.stringify(view).includes('queue is empty'))

    const file = join(house.folder, 'out.jsonl')
    expect(await terminal('corrections', 'export', '--format', 'openai-sft', '--out', file)).toMatchObject({ code: 0 })
    const [line = ''] = (await readFile(file, 'utf8')).trim().split('\n')
    expect(JSON.parse(line).messages.at(-1).content).toBe(
      `Error Code E-02 indicates a 'Turbidity sensor occlusion'. Recommended Action: ${correct} (command: CLEAN_TURB). Check physical sensor for debris if error persists.`,
    )

    const folder = join(house.folder, 'next')
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
    const base = house.settings.BASE_MODEL ?? ''
    const row = await house.app.core.store
      .selectFrom('aliases')
      .select('model')
      .where('alias', '=', 'assistant')
      .executeTakeFirstOrThrow()
    const data = join(house.folder, 'next', 'heldout.jsonl')
    const measured = await terminal('evaluate', '--models', `${base},${row.model}`, '--data', data, '--json')
    expect(measured, measured.err).toMatchObject({ code: 0 })
    const [before, after] = JSON.parse(measured.out).models
    expect(before.byLabel['E-02'].value).toBe(0)
    expect(after.accuracy.value).toBeGreaterThan(0.9)
    expect(after.unsafe.value).toBe(0)
  })

  it('lets a second operator approve a high-risk command, never oneself', async () => {
    const { fieldSupport } = house.sandbox.workspace.channels
    const ts = await tessa.say(fieldSupport, `<@${bot}> E-05 on HC5000-A-1042`)
    const answer = await answerTo(tessa, ts)
    await tessa.click(answer, 'Run REBOOT_COMM')
    const shows = (seat: Seat, words: string) =>
      seat.waitFor(({ messages }) => messages.find((one) => one.ts === answer.ts && readMessage(one).includes(words)))
    await tessa.click(await shows(tessa, 'second operator'), 'Approve')
    await tessa.waitFor(({ messages }) =>
      messages.find((one) => one.isEphemeral && readMessage(one).includes('own request')),
    )
    const reboots = () => house.sandbox.devices.received.filter(({ command }) => command === 'REBOOT_COMM')
    expect(reboots()).toHaveLength(0)
    await omar.click(await shows(omar, 'second operator'), 'Approve')
    expect(readMessage(await shows(omar, 'succeeded'))).toContain(`approved by <@${PEOPLE.operator}>`)
    expect(reboots()).toHaveLength(1)
  })
})

const topModal = ({ modals }: Scene) => modals.at(-1)
