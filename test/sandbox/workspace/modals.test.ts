import type { App } from '@slack/bolt'
import { describe, expect, it, vi } from 'vitest'
import { textIn } from '../../support/seat-reading.ts'
import { actions, button, input, modal, plain, posted } from './posted.ts'
import { rawSocket } from './raw-socket.ts'
import { openStage, platformError } from './stage.ts'

describe('modals', () => {
  const correcting = (app: App) => {
    app.action('wrong', async ({ ack, body, client }) => {
      await ack()
      if (!('trigger_id' in body)) return
      await client.views.open({
        trigger_id: body.trigger_id,
        view: modal('correct', input('right'), input('note', { optional: true })),
      })
    })
    app.view('correct', async ({ ack, view }) => {
      const { value } = view.state.values.right?.text ?? {}
      if (value === 'bad') await ack({ response_action: 'errors', errors: { right: 'That is not a code.' } })
      else if (value === 'more') await ack({ response_action: 'update', view: modal('correct', input('again')) })
      else if (value === 'deep') await ack({ response_action: 'push', view: modal('second', input('deeper')) })
      else if (value === 'all') await ack({ response_action: 'clear' })
      else await ack()
    })
    app.view('second', async ({ ack }) => ack({ response_action: 'clear' }))
  }

  it('open from a button, come back with errors, and close on success', async () => {
    await using stage = await openStage()
    await stage.boltApp(correcting)
    const { seat, message } = await posted(stage, stage.workspace.people.technician, [
      actions(button('wrong', 'Wrong')),
    ])
    await seat.click(message, 'Wrong')
    const view = await seat.waitFor(({ modals }) => modals[0])
    expect(view).toMatchObject({ type: 'modal', title: 'Correct it', submit: 'Send', callbackId: 'correct' })
    expect(await seat.submit(view)).toMatchObject({ ok: false, errors: { right: expect.stringContaining('required') } })
    expect(await seat.submit(view, { right: 'bad' })).toMatchObject({ errors: { right: 'That is not a code.' } })
    expect(seat.scene().modals).toHaveLength(1)
    expect(await seat.submit(view, { right: 'E-02' })).toEqual({ ok: true })
    await seat.waitFor(({ modals }) => modals.length === 0)
    const submissions = stage.workspace.deliveries().filter(({ type }) => type === 'view_submission')
    expect(submissions).toHaveLength(2)
  })

  it('are updated, pushed and cleared by the answer to a submission', async () => {
    await using stage = await openStage()
    await stage.boltApp(correcting)
    const { seat, message } = await posted(stage, stage.workspace.people.technician, [
      actions(button('wrong', 'Wrong')),
    ])
    await seat.click(message, 'Wrong')
    const view = await seat.waitFor(({ modals }) => modals[0])
    await seat.submit(view, { right: 'deep' })
    const second = await seat.waitFor(({ modals }) => modals[1])
    expect(second.callbackId).toBe('second')
    expect(await seat.submit(second, { deeper: 'x' })).toEqual({ ok: true })
    await seat.waitFor(({ modals }) => modals.length === 0)
    await seat.click(message, 'Wrong')
    const again = await seat.waitFor(({ modals }) => modals[0])
    await seat.submit(again, { right: 'more' })
    const updated = await seat.waitFor(({ modals }) => modals.find((one) => textIn(one.blocks).includes('again')))
    expect(updated.id).toBe(again.id)
  })

  it('are private to the person who opened them', async () => {
    await using stage = await openStage()
    await stage.boltApp(correcting)
    const { seat, message } = await posted(stage, stage.workspace.people.technician, [
      actions(button('wrong', 'Wrong')),
    ])
    const omar = await stage.seat(stage.workspace.people.operator)
    await seat.click(message, 'Wrong')
    const view = await seat.waitFor(({ modals }) => modals[0])
    expect(await omar.submit(view, { right: 'E-02' })).toMatchObject({ ok: false, code: 'view_not_found' })
    expect(omar.scene().modals).toEqual([])
    expect((await stage.seat(stage.workspace.people.operator)).scene().modals).toEqual([])
    expect((await stage.seat(stage.workspace.people.technician)).scene().modals).toHaveLength(1)
  })

  it('stay open when the app does not answer', async () => {
    await using stage = await openStage({ timing: { ackTimeoutMs: 500 } })
    await using socket = await rawSocket(stage.workspace)
    await socket.next()
    const { seat, message } = await posted(stage, stage.workspace.people.technician, [
      actions(button('wrong', 'Wrong')),
    ])
    socket.ack(await socket.next())
    const click = seat.click(message, 'Wrong')
    const frame = await socket.next()
    socket.ack(frame)
    await click
    await stage.client.views.open({ trigger_id: String(frame.payload?.trigger_id), view: modal('x', input('a')) })
    const view = await seat.waitFor(({ modals }) => modals[0])
    expect(await seat.submit(view, { a: 'typed' })).toMatchObject({
      ok: false,
      error: expect.stringContaining('Try again'),
    })
    expect(seat.scene().modals).toHaveLength(1)
  })

  it('refuse a trigger that is late, used, or invented', async () => {
    await using stage = await openStage({ timing: { triggerLifetimeMs: -1 } })
    const { seat, message } = await posted(stage, stage.workspace.people.technician, [
      actions(button('wrong', 'Wrong')),
    ])
    await using socket = await rawSocket(stage.workspace)
    const triggerOf = async () => {
      const click = seat.click(message, 'Wrong')
      for (;;) {
        const frame = await socket.next()
        if (frame.envelope_id) socket.ack(frame)
        if (frame.type !== 'interactive') continue
        await click
        return String(frame.payload?.trigger_id)
      }
    }
    const trigger_id = await triggerOf()
    const view = modal('x', input('a'))
    expect(await platformError(stage.client.views.open({ trigger_id, view }))).toBe('expired_trigger_id')
    expect(await platformError(stage.client.views.open({ trigger_id: '1.2.abc', view }))).toBe('invalid_trigger_id')
  })

  it('stack three deep and no deeper, tell of their closing, and mind the hash', async () => {
    await using stage = await openStage()
    const closed: unknown[] = []
    const errors: string[] = []
    const stacked = (n: number) => ({ ...modal(`m${n}`, actions(button('deeper', 'Deeper'))), notify_on_close: true })
    await stage.boltApp((app) => {
      app.action('wrong', async ({ ack, body, client }) => {
        await ack()
        if ('trigger_id' in body) await client.views.open({ trigger_id: body.trigger_id, view: stacked(1) })
      })
      app.action('deeper', async ({ ack, body, client }) => {
        await ack()
        if (!('trigger_id' in body)) return
        errors.push(await platformError(client.views.push({ trigger_id: body.trigger_id, view: stacked(2) })))
      })
      app.view({ type: 'view_closed', callback_id: 'm2' }, async ({ ack, body }) => {
        await ack()
        closed.push(body)
      })
    })
    const { seat, message } = await posted(stage, stage.workspace.people.technician, [
      actions(button('wrong', 'Wrong')),
    ])
    await seat.click(message, 'Wrong')
    for (let depth = 1; depth <= 3; depth += 1) {
      const top = await seat.waitFor(({ modals }) => modals.length === depth && modals.at(-1))
      await seat.click(top, 'Deeper')
      await vi.waitFor(() => expect(errors).toHaveLength(depth))
    }
    expect(errors).toEqual(['ok', 'ok', 'push_limit_reached'])
    const top = seat.scene().modals.at(-1)
    if (!top) throw new Error('no modal')
    await seat.dismiss(top)
    await seat.waitFor(({ modals }) => modals.length === 2)
    await vi.waitFor(() => expect(closed).toHaveLength(1))
    expect(closed[0]).toMatchObject({ type: 'view_closed', is_cleared: false, view: { id: top.id } })
    const under = seat.scene().modals[1]
    if (!under) throw new Error('no modal')
    const view = stacked(9)
    expect(await platformError(stage.client.views.update({ view_id: under.id, hash: 'old', view }))).toBe(
      'hash_conflict',
    )
    expect(await platformError(stage.client.views.update({ view_id: under.id, view }))).toBe('ok')
    expect(await platformError(stage.client.views.update({ view_id: top.id, view }))).toBe('not_found')
  })

  it('ask the app for the options of an external menu', async () => {
    await using stage = await openStage()
    await stage.boltApp((app) => {
      app.shortcut('ask_anything', async ({ ack, shortcut, client }) => {
        await ack()
        const element = { type: 'external_select' as const, action_id: 'device', min_query_length: 1 }
        const view = modal('ask', { type: 'input', block_id: 'which', label: plain('Device'), element })
        await client.views.open({ trigger_id: shortcut.trigger_id, view })
      })
      app.options('device', async ({ ack, options }) =>
        ack({ options: [{ text: plain(`HC5000-${options.value}`), value: options.value }] }),
      )
    })
    const tessa = await stage.seat(stage.workspace.people.technician)
    expect(await tessa.shortcut('ask_anything')).toEqual({ ok: true })
    const view = await tessa.waitFor(({ modals }) => modals[0])
    expect(await tessa.options(view, 'device', 'A')).toEqual({
      ok: true,
      options: [{ text: plain('HC5000-A'), value: 'A' }],
    })
  })
})
