import { describe, expect, it, vi } from 'vitest'
import { actions, button, plain, posted } from './posted.ts'
import { openStage } from './stage.ts'

describe('buttons and menus', () => {
  it('send a block_actions payload with everything in it', async () => {
    await using stage = await openStage()
    const seen: unknown[] = []
    await stage.boltApp((app) => {
      app.action('go', async ({ ack, body }) => {
        await ack()
        seen.push(body)
      })
    })
    const { seat, message } = await posted(stage, stage.workspace.people.operator, [
      actions(button('go', 'Run it', 'v1')),
    ])
    expect(await seat.click(message, 'Run it')).toEqual({ ok: true })
    expect(seen).toEqual([
      expect.objectContaining({
        type: 'block_actions',
        user: { id: seat.userId, username: 'omar', name: 'omar', team_id: 'T0HYDRO001' },
        team: { id: 'T0HYDRO001', domain: expect.any(String) },
        channel: { id: seat.dm, name: 'directmessage' },
        container: { type: 'message', message_ts: message.ts, channel_id: seat.dm, is_ephemeral: false },
        message: expect.objectContaining({ ts: message.ts, blocks: [expect.objectContaining({ block_id: 'acts' })] }),
        state: { values: {} },
        trigger_id: expect.stringMatching(/^\d+\.\d+\.[\da-f]{32}$/),
        response_url: expect.stringContaining(stage.workspace.url),
        actions: [
          {
            type: 'button',
            action_id: 'go',
            block_id: 'acts',
            text: plain('Run it'),
            value: 'v1',
            action_ts: expect.stringMatching(/^\d+\.\d{6}$/),
          },
        ],
      }),
    ])
  })

  it('give feedback_buttons the value and words of the side that was pressed', async () => {
    await using stage = await openStage()
    const seen: unknown[] = []
    await stage.boltApp((app) => {
      app.action('answer_feedback', async ({ ack, body }) => {
        await ack()
        if ('actions' in body) seen.push(body.actions[0])
      })
    })
    const side = (text: string, value: string) => ({ text: plain(text), value })
    const { seat, message } = await posted(stage, stage.workspace.people.technician, [
      {
        type: 'context_actions',
        block_id: 'fb:1',
        elements: [
          {
            type: 'feedback_buttons',
            action_id: 'answer_feedback',
            positive_button: side('Right', 'up:1'),
            negative_button: side('Wrong', 'down:1'),
          },
        ],
      },
    ])
    await seat.click(message, 'negative')
    await seat.click(message, 'Right')
    expect(seen).toEqual([
      {
        type: 'feedback_buttons',
        action_id: 'answer_feedback',
        block_id: 'fb:1',
        value: 'down:1',
        text: plain('Wrong'),
        action_ts: expect.any(String),
      },
      expect.objectContaining({ value: 'up:1', text: plain('Right') }),
    ])
  })

  it('send what was chosen from a menu, and never what is not in it', async () => {
    await using stage = await openStage()
    const chosen: unknown[] = []
    await stage.boltApp((app) => {
      app.action('pick', async ({ ack, action }) => {
        await ack()
        chosen.push('selected_option' in action ? action.selected_option : null)
      })
    })
    const { seat, message } = await posted(stage, stage.workspace.people.technician, [
      {
        type: 'section',
        block_id: 'menu',
        text: plain('Which'),
        accessory: {
          type: 'static_select',
          action_id: 'pick',
          options: ['A', 'B'].map((name) => ({ text: plain(`Unit ${name}`), value: name })),
        },
      },
    ])
    await seat.choose(message, 'pick', 'Unit B')
    expect(chosen).toEqual([{ text: plain('Unit B'), value: 'B' }])
    expect(() => seat.choose(message, 'pick', 'C')).toThrow('no option C')
    const forged = await fetch(`${stage.workspace.url}/sandbox/actions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        user: seat.userId,
        container: { type: 'message', channel: message.channel, ts: message.ts },
        action: { type: 'static_select', block_id: 'menu', action_id: 'pick', selected_option: { value: 'C' } },
      }),
    })
    expect(await forged.json()).toMatchObject({ ok: false, code: 'no_such_action' })
  })

  it('tell the person when the app does not answer, and when it is not there', async () => {
    await using stage = await openStage({ timing: { ackTimeoutMs: 500 } })
    const { seat, message } = await posted(stage, stage.workspace.people.technician, [actions(button('go', 'Go'))])
    expect(await seat.click(message, 'Go')).toMatchObject({ ok: false, code: 'dispatch_failed' })
    await stage.boltApp((app) => {
      app.action('go', async () => {})
    })
    expect(await seat.click(message, 'Go')).toMatchObject({ ok: false, code: 'operation_timeout' })
    await seat.waitFor(({ notices }) => notices.length === 2)
  })
})

describe('response_url', () => {
  it('answers for five times, privately unless asked otherwise', async () => {
    await using stage = await openStage()
    const outcomes: string[] = []
    await stage.boltApp((app) => {
      app.action('go', async ({ ack, respond }) => {
        await ack()
        for (let n = 1; n <= 6; n += 1) {
          await respond({ text: `answer ${n}`, response_type: n === 1 ? 'ephemeral' : 'in_channel' }).then(
            () => outcomes.push('ok'),
            (error: unknown) => outcomes.push(String((error as { statusCode?: number }).statusCode)),
          )
        }
      })
    })
    const { seat, message } = await posted(stage, stage.workspace.people.technician, [actions(button('go', 'Go'))])
    await seat.click(message, 'Go')
    await seat.waitFor(({ messages }) => messages.some((one) => one.text === 'answer 5'))
    await vi.waitFor(() => expect(outcomes).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', '404']))
    expect(
      seat
        .messages()
        .filter((one) => one.isEphemeral)
        .map((one) => one.text),
    ).toEqual(['answer 1'])
  })

  it('replaces and deletes an ephemeral message, which nobody else ever sees', async () => {
    await using stage = await openStage()
    const bodies: Record<string, unknown>[] = []
    await stage.boltApp((app) => {
      app.action('tell', async ({ ack, respond, body }) => {
        await ack()
        bodies.push(body as unknown as Record<string, unknown>)
        await respond({ text: 'Thank you', replace_original: true, blocks: [actions(button('drop', 'Close'))] })
      })
      app.action('drop', async ({ ack, respond }) => {
        await ack()
        await respond({ delete_original: true })
      })
    })
    const { people, channels } = stage.workspace
    const tessa = await stage.seat(people.technician)
    const omar = await stage.seat(people.operator)
    await stage.client.chat.postEphemeral({
      channel: channels.fieldSupport,
      user: people.technician,
      text: 'Tell us',
      blocks: [actions(button('tell', 'Tell us what is right'))],
    })
    const first = await tessa.waitFor(({ messages }) => messages.find((one) => one.isEphemeral))
    await tessa.click(first, 'tell')
    const second = await tessa.waitFor(({ messages }) => messages.find((one) => one.text === 'Thank you'))
    expect(second.ts).toBe(first.ts)
    expect(bodies[0]).toMatchObject({ container: { is_ephemeral: true } })
    expect(bodies[0]).not.toHaveProperty('message')
    for (const refused of [
      tessa.react(second, 'eyes'),
      tessa.shortcut('diagnose_message', second),
      omar.click(second, 'Close'),
    ]) {
      expect(await refused).toMatchObject({ ok: false, code: 'message_not_found' })
    }
    await tessa.click(second, 'Close')
    await tessa.waitFor(({ messages }) => messages.every((one) => !one.isEphemeral))
    const ts = await omar.say(channels.fieldSupport, 'anything')
    await omar.waitFor(({ messages }) => messages.some((one) => one.ts === ts))
    expect(omar.messages(channels.fieldSupport)).toHaveLength(1)
    const { messages } = await stage.client.conversations.history({ channel: channels.fieldSupport })
    expect(messages?.map((one) => one.text)).toEqual(['anything'])
  })
})
