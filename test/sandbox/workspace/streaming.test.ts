import { describe, expect, it } from 'vitest'
import { openStage, platformError, type Stage } from './stage.ts'

const section = { type: 'section' as const, text: { type: 'mrkdwn' as const, text: 'below' } }

/** A question in a direct message, and the arguments that stream an answer to it. */
async function asked(stage: Stage) {
  const seat = await stage.seat(stage.workspace.people.technician)
  const thread_ts = await seat.say(seat.dm, 'E-02')
  return { seat, where: { channel: seat.dm, thread_ts } }
}

describe('streaming', () => {
  it('grows before the eyes of the person, and ends with blocks below', async () => {
    await using stage = await openStage()
    const { seat, where } = await asked(stage)
    const streamer = stage.client.chatStream({ ...where, buffer_size: 1 })
    await streamer.append({ markdown_text: '**Turbidity ' })
    const first = await seat.waitFor(({ messages }) => messages.find((one) => one.isStreaming))
    expect(first).toMatchObject({ markdown: '**Turbidity ', threadTs: where.thread_ts })
    await streamer.append({ markdown_text: 'sensor**' })
    await seat.waitFor(({ messages }) => messages.some((one) => one.markdown === '**Turbidity sensor**'))
    const { message } = await streamer.stop({ blocks: [section] })
    const last = await seat.waitFor(({ messages }) => messages.find((one) => one.ts === first.ts && !one.isStreaming))
    expect(last).toMatchObject({ markdown: '**Turbidity sensor**', blocks: [{ type: 'section' }], isEdited: false })
    expect(message).toMatchObject({
      text: '**Turbidity sensor**',
      blocks: [{ type: 'rich_text' }, { type: 'section' }],
    })
  })

  it('in a channel wants a recipient, who alone sees it grow', async () => {
    await using stage = await openStage()
    const { people, channels } = stage.workspace
    const tessa = await stage.seat(people.technician)
    const omar = await stage.seat(people.operator)
    const thread_ts = await tessa.say(channels.fieldSupport, '@hydrocore E-02')
    const where = { channel: channels.fieldSupport, thread_ts }
    const start = (extra: object) => platformError(stage.client.chat.startStream({ ...where, ...extra }))
    expect(await start({ recipient_user_id: people.technician })).toBe('missing_recipient_team_id')
    expect(await start({ recipient_team_id: 'T0HYDRO001' })).toBe('missing_recipient_user_id')
    const streamer = stage.client.chatStream({
      ...where,
      recipient_user_id: people.technician,
      recipient_team_id: 'T0HYDRO001',
      buffer_size: 1,
    })
    await streamer.append({ markdown_text: 'one ' })
    await streamer.append({ markdown_text: 'two' })
    await tessa.waitFor(({ messages }) => messages.find((one) => one.markdown === 'one two'))
    const later = await tessa.say(channels.fieldSupport, 'and omar has seen all that came before this')
    await omar.waitFor(({ messages }) => messages.some((one) => one.ts === later))
    expect(omar.messages().find((one) => one.isStreaming)?.markdown).toBe('one ')
    await streamer.stop()
    await omar.waitFor(({ messages }) => messages.find((one) => one.markdown === 'one two'))
  })

  it('refuses updates while it runs, and allows them afterwards as long as rich text stays rich', async () => {
    await using stage = await openStage()
    const { seat, where } = await asked(stage)
    const { ts = '' } = await stage.client.chat.startStream({ ...where, markdown_text: 'so far' })
    const at = { channel: seat.dm, ts }
    expect(await platformError(stage.client.chat.update({ ...at, text: 'x' }))).toBe('streaming_state_conflict')
    await stage.client.chat.stopStream(at)
    expect(await platformError(stage.client.chat.appendStream({ ...at, markdown_text: 'more' }))).toBe(
      'message_not_in_streaming_state',
    )
    expect(await platformError(stage.client.chat.update({ ...at, text: 'x', blocks: [section] }))).toBe(
      'block_mismatch',
    )
    const markdown = { type: 'markdown' as const, text: 'so far, and more' }
    expect(await platformError(stage.client.chat.update({ ...at, text: 'x', blocks: [markdown, section] }))).toBe('ok')
    expect(await platformError(stage.client.chat.update({ ...at, text: 'plain' }))).toBe('ok')
  })

  it('ends by itself after its lifetime, and can still be completed with an update', async () => {
    await using stage = await openStage({ timing: { streamLifetimeMs: 30 } })
    const { seat, where } = await asked(stage)
    const { ts = '' } = await stage.client.chat.startStream({ ...where, markdown_text: 'so far' })
    await seat.waitFor(({ messages }) => messages.find((one) => one.ts === ts && !one.isStreaming))
    const at = { channel: seat.dm, ts }
    expect(await platformError(stage.client.chat.stopStream(at))).toBe('message_not_in_streaming_state')
    expect(await platformError(stage.client.chat.update({ ...at, text: 'the whole text' }))).toBe('ok')
  })

  it('holds no more than Slack was seen to take', async () => {
    await using stage = await openStage()
    const { seat, where } = await asked(stage)
    const { ts = '' } = await stage.client.chat.startStream({ ...where, markdown_text: 'x'.repeat(9_000) })
    const append = (text: string) =>
      platformError(stage.client.chat.appendStream({ channel: seat.dm, ts, markdown_text: text }))
    expect(await append('x'.repeat(3_001))).toBe('msg_too_long')
    expect(await append('x'.repeat(3_000))).toBe('ok')
    expect(await append('é')).toBe('msg_too_long')
  })

  it('shows tasks and plans as they move on', async () => {
    await using stage = await openStage()
    const { seat, where } = await asked(stage)
    const task = { type: 'task_update' as const, id: 't1', title: 'Reading the catalog' }
    const { ts = '' } = await stage.client.chat.startStream({ ...where, chunks: [{ ...task, status: 'in_progress' }] })
    await stage.client.chat.appendStream({
      channel: seat.dm,
      ts,
      chunks: [
        { ...task, status: 'complete', output: 'found' },
        { type: 'markdown_text', text: 'Done.' },
      ],
    })
    const message = await seat.waitFor(({ messages }) => messages.find((one) => one.markdown === 'Done.'))
    expect(message.blocks).toMatchObject([{ type: 'task_card', task_id: 't1', status: 'complete' }])
  })

  it('refuses text and chunks together, nothing at all, and odd chunks', async () => {
    await using stage = await openStage()
    const { seat, where } = await asked(stage)
    const { ts = '' } = await stage.client.chat.startStream(where)
    const at = { channel: seat.dm, ts }
    const chunk = { type: 'markdown_text' as const, text: 'x' }
    const append = (extra: object) => platformError(stage.client.apiCall('chat.appendStream', { ...at, ...extra }))
    expect(await append({ markdown_text: 'x', chunks: [chunk] })).toBe('markdown_text_conflict')
    expect(await append({})).toBe('no_text')
    expect(await append({ chunks: [{ type: 'song' }] })).toBe('invalid_arguments')
    expect(await append({ chunks: 'not json' })).toBe('invalid_arguments')
    expect(await append({ chunks: [{ type: 'blocks', blocks: [{ type: 'song' }] }] })).toBe('invalid_blocks')
    expect(await platformError(stage.client.chat.stopStream(at))).toBe('no_text')
  })
})
