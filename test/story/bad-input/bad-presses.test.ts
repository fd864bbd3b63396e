import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../../../src/sandbox/page/contract.ts'
import { PEOPLE } from '../../../src/sandbox/workspace/state/seed.ts'
import type { Seat } from '../../support/seat.ts'
import { readMessage } from '../../support/seat-reading.ts'
import { startTestApp, type TestApp } from '../../support/test-app.ts'
import { expectSoundCalls, oneAnswer } from '../support/watching.ts'

const TEAM = 'T0HYDRO001'

/** Whoever presses what and whatever a device says to it: at most one command is sent, and nobody is left guessing. */
describe('a button', () => {
  let fixture: TestApp
  let tessa: Seat
  let plant: MqttClient
  beforeAll(async () => {
    // Over HTTP a body can be made up as a whole; Socket Mode's client lets through what has Slack's form.
    fixture = await startTestApp({ isTrained: false, transport: 'http' })
    tessa = await fixture.seat(PEOPLE.technician)
    plant = await connectAsync(fixture.sandbox.broker.url)
  })
  afterEach(async () => {
    for (const { id } of fixture.sandbox.devices.list())
      fixture.sandbox.devices.act(id, { action: 'behave', behaviour: 'works' })
    // What one test sent would keep the next from sending the same to the same device.
    await fixture.app.core.store
      .updateTable('commands')
      .set({ state: 'cancelled', active_device: null, sent_at: null })
      .execute()
  })
  afterAll(async () => {
    await plant.endAsync(true)
    await fixture[Symbol.asyncDispose]()
  })

  const received = (device: string) => fixture.sandbox.devices.received.filter((one) => one.device === device)
  const ask = async (text: string, channel = tessa.dm) => oneAnswer(fixture, tessa, await tessa.say(channel, text))
  const commandOf = async ({ ts }: Message) =>
    fixture.app.core.store
      .selectFrom('commands')
      .innerJoin('answers', 'answers.id', 'commands.answer_id')
      .selectAll('commands')
      .where('answers.message_ts', '=', ts)
      .executeTakeFirstOrThrow()
  const shows = (seat: Seat, { ts }: Message, words: string | RegExp) =>
    seat.waitFor(({ messages }) => messages.find((one) => one.ts === ts && readMessage(one).match(words)), {
      what: `the message ${ts} to show ${words}`,
    })
  const hears = (seat: Seat, words: string) =>
    seat.waitFor(({ messages }) => messages.find((one) => one.isEphemeral && readMessage(one).includes(words)), {
      what: `${seat.userId} to hear: ${words}`,
    })

  describe('and its device', () => {
    it('that talks garbage leaves the command where it is', async () => {
      fixture.sandbox.devices.act('HC5000-A-1138', { action: 'behave', behaviour: 'garbage' })
      const answer = await ask('E-02 on HC5000-A-1138')
      await tessa.click(answer, 'Run CLEAN_TURB')
      await shows(tessa, answer, 'sent, the device has not answered yet')
      const { id } = await commandOf(answer)
      const say = (payload: string | Buffer) =>
        plant.publishAsync('hydrocore/HC5000-A-1138/results', payload, { qos: 1 })
      const result = (over: object) =>
        JSON.stringify({ commandId: id, state: 'succeeded', at: new Date().toISOString(), ...over })
      await say('')
      await say('{"commandId":')
      await say('null')
      await say('[]')
      await say(Buffer.from([0xff, 0xfe, 0x00]))
      await say(result({ commandId: 'cmd_that_nobody_sent' }))
      await say(result({ commandId: 7 }))
      await say(result({ state: 'exploded' }))
      await say(result({ at: 'yesterday' }))
      await say(result({ message: { text: 'x' } }))
      await plant.publishAsync('hydrocore/HC5000-B-2201/results', result({}), { qos: 1 })
      // Messages of one device come in their order: when this one was heard, the others were too.
      await say(result({ state: 'accepted' }))
      await shows(tessa, answer, 'the device is working on it')
      await say(result({ state: 'failed', message: 'Ask <!channel>\u0007 at https://evil.example, <@U0OPER0001>' }))
      const failed = readMessage(await shows(tessa, answer, 'failed'))
      expect(failed).toContain('Ask &lt;!channel&gt;')
      await say(result({ state: 'succeeded' }))
      await say(result({ state: 'failed' }))
      expect((await commandOf(answer)).state).toBe('failed')
      expectSoundCalls(fixture)
    })

    it('that says everything twice is heard once', async () => {
      fixture.sandbox.devices.act('HC5000-A-1042', { action: 'behave', behaviour: 'repeats' })
      const answer = await ask('E-02 on HC5000-A-1042')
      await tessa.click(answer, 'Run CLEAN_TURB')
      await shows(tessa, answer, 'succeeded')
      const { id } = await commandOf(answer)
      const steps = await fixture.app.commands.stepsOf(id)
      const path = steps.map(({ to }) => to)
      expect(path.filter((to) => to === 'succeeded')).toHaveLength(1)
      expect(path.slice(0, 3)).toEqual(['offered', 'requested', 'sent'])
      expect(received('HC5000-A-1042')).toHaveLength(1)
    })

    it('that is away is said to be away, and nothing is sent', async () => {
      const answer = await ask('E-02 on HC5000-C-0007')
      await tessa.click(answer, 'Run CLEAN_TURB')
      await hears(tessa, 'HC5000-C-0007 has been offline')
      expect(received('HC5000-C-0007')).toEqual([])
    })

    it('that nobody knows is said to be unknown, and nothing is sent', async () => {
      const answer = await ask('E-02 on HC5000-Z-9999')
      await tessa.click(answer, 'Run CLEAN_TURB')
      await hears(tessa, 'No device with that id has ever reported. Nothing was sent.')
    })
  })

  it('pressed while the broker is away sends nothing, and says so', async () => {
    const answer = await ask('E-02 on HC5000-B-2214')
    await fixture.sandbox.broker.stop()
    try {
      await tessa.click(answer, 'Run CLEAN_TURB')
      await shows(tessa, answer, /nothing was sent/i)
    } finally {
      await fixture.sandbox.broker.start()
    }
    // Everybody finds the broker again, for the tests that follow.
    await expect.poll(() => fixture.app.gateway.state(), { timeout: 10_000 }).toBe('connected')
    await expect
      .poll(async () => (await fixture.app.commands.devices.find('HC5000-B-2214'))?.isOnline, { timeout: 10_000 })
      .toBe(true)
    expect(received('HC5000-B-2214')).toEqual([])
  })

  it('pressed by a guest sends nothing', async () => {
    const { fieldSupport } = fixture.sandbox.workspace.channels
    const gil = await fixture.seat(PEOPLE.guest)
    const answer = await ask(`<@${PEOPLE.bot}> E-02 on HC5000-B-2214`, fieldSupport)
    await gil.click(answer, 'Run CLEAN_TURB')
    await hears(gil, 'Guests and people of other organisations cannot')
    expect(received('HC5000-B-2214')).toEqual([])
    expect((await commandOf(answer)).state).toBe('offered')
  })

  it('pressed by somebody who is no operator sends nothing', async () => {
    const { fieldSupport } = fixture.sandbox.workspace.channels
    const nils = await fixture.seat(PEOPLE.secondTechnician)
    const answer = await ask(`<@${PEOPLE.bot}> E-02 on HC5000-B-2214, please`, fieldSupport)
    await nils.click(answer, 'Run CLEAN_TURB')
    await hears(nils, 'Only operators send commands to devices.')
    expect(received('HC5000-B-2214')).toEqual([])
  })

  describe('that somebody made up', () => {
    const click = (action: string, value: unknown, over: Record<string, unknown> = {}) => ({
      type: 'block_actions',
      user: { id: PEOPLE.guest, team_id: TEAM },
      team: { id: TEAM },
      api_app_id: 'A0HYDRO001',
      trigger_id: 'made.up',
      channel: { id: tessa.dm },
      actions: [{ type: 'button', action_id: action, block_id: 'b', value, action_ts: '1.1' }],
      ...over,
    })
    const deliver = (body: Record<string, unknown>) => fixture.sandbox.workspace.deliverRaw(body)
    const stranger = { user: { id: 'U0STRANGER', team_id: 'T0OTHER001' } }

    it('and names an answer that is gone, is told so', async () => {
      await deliver(
        click('command_run', 'cmd_000000000000000000000', { user: { id: PEOPLE.technician, team_id: TEAM } }),
      )
      await tessa.waitFor(({ messages }) => messages.find((one) => /This button .*no longer/.test(readMessage(one))))
    })

    it('moves nothing, whoever sends it with whatever value', async () => {
      const answer = await ask('E-02 on HC5000-B-2214, made up')
      const { id, answer_id } = await commandOf(answer)
      const values = [id, '', `${id}\u0000`, 'x'.repeat(10_000), 7]
      const actions = [
        'command_run',
        'command_approve',
        'command_deny',
        'answer_feedback',
        'answer_correct',
        'correction_approve',
        'correction_reject',
      ]
      for (const who of [{}, stranger])
        for (const action of actions) {
          const replies = await Promise.all(values.map((value) => deliver(click(action, value, who))))
          expect(replies.map(({ state }) => state)).toEqual(values.map(() => 'acked'))
        }
      const form = (callback: string, over: Record<string, unknown>) => ({
        type: 'view_submission',
        user: { id: PEOPLE.guest, team_id: TEAM },
        team: { id: TEAM },
        view: {
          id: 'V1',
          type: 'modal',
          callback_id: callback,
          private_metadata: id,
          state: { values: { device: { device: { type: 'plain_text_input', value: 'HC5000-B-2214' } } } },
        },
        ...over,
      })
      for (const callback of ['choose_device_form', 'correction_form', 'reject_form'])
        for (const over of [{}, stranger, { view: null }, { view: { callback_id: callback, state: 7 } }])
          await deliver(form(callback, over))

      expect((await commandOf(answer)).state).toBe('offered')
      expect(received('HC5000-B-2214')).toEqual([])
      expect(
        await fixture.app.core.store.selectFrom('vote_events').selectAll().where('answer_id', '=', answer_id).execute(),
      ).toEqual([])
      expect(
        await fixture.app.core.store.selectFrom('corrections').selectAll().where('source', '=', 'person').execute(),
      ).toEqual([])
      // All of it is over, and the button is still good for who may press it.
      await tessa.click(answer, 'Run CLEAN_TURB')
      await shows(tessa, answer, 'succeeded')
      expect(received('HC5000-B-2214')).toHaveLength(1)
    })
  })

  it('has never made the app send what Slack would misread', () => expectSoundCalls(fixture))
})
