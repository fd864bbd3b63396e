import { describe, expect, it } from 'vitest'
import { whyNoBrowser } from '../../support/browser.ts'
import { composer, eventually, SLOW_TEST, usePage } from './open-page.ts'
import { BOT, DIRECT, FIELD, HOME, message, OMAR, TESSA, tsAt } from './sample-room.ts'

const missing = whyNoBrowser()

describe.skipIf(missing !== null)(`live page${missing ? ` (skipped: ${missing})` : ''}`, SLOW_TEST, () => {
  const { open, server } = usePage()
  const root = message({ channel: DIRECT, ts: tsAt(-1), threadTs: tsAt(-1), userId: TESSA, text: 'and W-10?' })
  const reply = (text: string, more: object = {}) =>
    message({
      channel: DIRECT,
      ts: tsAt(-1, 5),
      threadTs: root.ts,
      userId: BOT,
      markdown: text,
      isStreaming: true,
      ...more,
    })

  it('shows that the app is at work, then its words as they come', async () => {
    const page = await open()
    server().emit({ type: 'message', message: root })
    const thread = page.getByRole('region', { name: 'Conversation' }).last()
    server().emit({
      type: 'status',
      status: {
        channel: DIRECT,
        threadTs: root.ts,
        status: 'is looking up W-10…',
        loadingMessages: ['Reading the catalog'],
      },
    })
    const status = thread.getByRole('status')
    await status.filter({ hasText: 'HydroCore Assistant is looking up W-10…' }).waitFor()
    server().emit({ type: 'message', message: reply('**W-10** is') })
    await status.waitFor({ state: 'detached' })
    const answer = thread.getByRole('article').last()
    expect(await answer.getAttribute('aria-busy')).toBe('true')
    server().emit({ type: 'message', message: reply('**W-10** is a low battery', { isStreaming: false }) })
    await answer.filter({ hasText: 'W-10 is a low battery' }).waitFor()
    await eventually(() => answer.getAttribute('aria-busy')).toBe('false')
  })

  it('marks what was edited and what only the viewer sees, and takes away what was deleted', async () => {
    const page = await open({ at: `/#/${FIELD}` })
    const ts = tsAt(-1)
    const one = message({ channel: FIELD, ts, userId: BOT, text: 'a note', isEphemeral: true, isEdited: true })
    server().emit({ type: 'message', message: one })
    const shown = page.locator(`[data-ts="${ts}"]`)
    expect(await shown.textContent()).toMatch(/Only visible to you.*a note.*\(edited\)/s)
    server().emit({ type: 'message_deleted', channel: FIELD, ts })
    await shown.waitFor({ state: 'detached' })
  })

  it('shows the Home tab, tells the app that it was opened, and follows what is published', async () => {
    const page = await open()
    await page.getByRole('button', { name: 'App Home' }).click()
    await page.getByRole('heading', { name: 'Good morning, Tessa' }).waitFor()
    await eventually(() =>
      server()
        .posted.filter(({ path }) => path === '/sandbox/home')
        .map(({ body }) => body.tab),
    ).toEqual(['messages', 'home'])
    server().emit({
      type: 'home',
      home: { ...HOME, blocks: [{ type: 'header', text: { type: 'plain_text', text: 'All done' } }] },
    })
    await page.getByRole('heading', { name: 'All done' }).waitFor()
  })

  it('steers the devices and shows what becomes of them', async () => {
    const page = await open()
    await page.getByRole('button', { name: /^Devices/ }).click()
    const card = page.getByRole('region', { name: 'HC5000-A-1138' })
    await card.getByRole('combobox', { name: 'Code for' }).selectOption('W-10')
    await card.getByRole('button', { name: 'Raise' }).click()
    await card.getByRole('button', { name: 'Clear E-02' }).click()
    await card.getByRole('combobox', { name: 'Behaviour of' }).selectOption('late')
    await card.getByRole('switch', { name: 'Power of HC5000-A-1138' }).click()
    await eventually(() =>
      server()
        .posted.filter(({ path }) => path.startsWith('/sandbox/devices'))
        .map(({ path, body: { id: _, ...body } }) => [path, body]),
    ).toEqual(
      [
        { action: 'raise', code: 'W-10' },
        { action: 'clear', code: 'E-02' },
        { action: 'behave', behaviour: 'late' },
        { action: 'power', online: false },
      ].map((body) => ['/sandbox/devices/HC5000-A-1138', body]),
    )
    server().emit({
      type: 'device',
      device: {
        id: 'HC5000-A-1138',
        online: false,
        firmware: '6.0',
        codes: ['W-10'],
        behaviour: 'late',
        log: [{ at: new Date().toISOString(), text: 'went dark' }],
      },
    })
    await card.filter({ hasText: 'Offline, firmware 6.0' }).filter({ hasText: 'went dark' }).waitFor()
    expect(await card.getByRole('switch').getAttribute('aria-checked')).toBe('false')
  })

  it('says when the app is away, and when it is back', async () => {
    const page = await open()
    const banner = page.getByRole('status', { name: 'Connection' })
    server().emit({ type: 'app', connected: false })
    await banner.filter({ hasText: 'HydroCore Assistant is not connected' }).waitFor()
    server().emit({ type: 'app', connected: true })
    await eventually(() => banner.textContent()).toBe('')
  })

  it('comes back by itself when the server was away, with what it missed and what was typed', async () => {
    const page = await open()
    server().goDown()
    const banner = page.getByRole('status', { name: 'Connection' })
    await banner.filter({ hasText: 'The sandbox is not reachable' }).waitFor()
    await composer(page).fill('typed meanwhile')
    await page.keyboard.press('Enter')
    await page
      .getByRole('alert')
      .filter({ hasText: /could not be reached|answered 503/ })
      .waitFor()
    server().change((room) => ({ ...room, messages: [...room.messages, root] }))
    server().comeBack()
    await page.getByRole('article').filter({ hasText: 'and W-10?' }).waitFor()
    await eventually(() => banner.textContent()).toBe('')
    expect(await composer(page).inputValue()).toBe('typed meanwhile')
  })

  it('shows what the workspace says in passing', async () => {
    const page = await open()
    server().emit({ type: 'notice', text: '/diagnose failed because the app did not respond.' }, TESSA)
    const notices = page.getByRole('status', { name: 'Notices' })
    await notices.filter({ hasText: '/diagnose failed' }).waitFor()
    await page.getByRole('button', { name: 'Dismiss notice' }).click()
    await eventually(() => notices.textContent()).toBe('')
  })

  it('becomes another person, and stays that person over a reload', async () => {
    const page = await open()
    await page.getByRole('button', { name: 'Acting as Tessa Berg' }).click()
    await page.getByRole('menuitemradio', { name: 'Omar Haddad' }).click()
    await page.getByRole('button', { name: 'Acting as Omar Haddad' }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Acting as Omar Haddad' }).waitFor()
    await composer(page).fill('as Omar')
    await page.keyboard.press('Enter')
    expect(await server().nextPost('/sandbox/messages')).toMatchObject({ user: OMAR })
  })

  it('lets in whoever the address names, and the first person when it names nobody', async () => {
    const page = await open({ at: `/?as=U0NOBODY#/${FIELD}` })
    await page.getByRole('button', { name: 'Acting as Tessa Berg' }).waitFor()
    expect(page.url()).toContain(`as=${TESSA}`)
  })

  it('draws a message of 40,000 characters folded, and unfolds it', async () => {
    const page = await open({ at: `/#/${FIELD}` })
    const ts = tsAt(-1)
    server().emit({
      type: 'message',
      message: message({ channel: FIELD, ts, userId: OMAR, text: '*x _y '.repeat(6_666) }),
    })
    const shown = page.locator(`[data-ts="${ts}"]`)
    await shown.getByRole('button', { name: 'Show more' }).click()
    await shown.getByRole('button', { name: 'Show less' }).waitFor()
  })
})
