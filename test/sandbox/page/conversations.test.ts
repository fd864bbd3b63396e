import { describe, expect, it } from 'vitest'
import { whyNoBrowser } from '../../support/browser.ts'
import { composer, eventually, SLOW_TEST, usePage } from './open-page.ts'
import { BOT, DIRECT, FIELD, message, OMAR, TESSA, tsAt } from './sample-room.ts'

const missing = whyNoBrowser()

describe.skipIf(missing !== null)(`conversations${missing ? ` (skipped: ${missing})` : ''}`, SLOW_TEST, () => {
  const { open, server } = usePage()

  it('open with the direct message, and each answer below its question', async () => {
    const page = await open()
    const thread = page.getByRole('region', { name: 'Conversation' }).last()
    expect(await thread.getByRole('article').allTextContents()).toEqual([
      expect.stringContaining('showing error E-02'),
      expect.stringContaining('turbidity sensor occlusion'),
    ])
    expect(
      await page.getByRole('navigation', { name: 'Conversations' }).locator('[aria-current=page]').textContent(),
    ).toContain('HydroCore Assistant')
  })

  it('send with Enter, and start a new line with Shift Enter', async () => {
    const page = await open()
    await composer(page).pressSequentially('first')
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.type('second <b>&')
    await page.keyboard.press('Enter')
    expect(await server().nextPost('/sandbox/messages')).toEqual({
      user: TESSA,
      channel: DIRECT,
      text: 'first\nsecond &lt;b&gt;&amp;',
    })
    await page.getByRole('article').filter({ hasText: 'second <b>&' }).waitFor()
    expect(await composer(page).inputValue()).toBe('')
  })

  it('keep what was typed when sending fails, and say why', async () => {
    const page = await open()
    server().answer('/sandbox/messages', () => ({ ok: false, error: 'This message is too long.' }))
    await composer(page).fill('a long story')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'This message is too long.' }).waitFor()
    expect(await composer(page).inputValue()).toBe('a long story')
    await composer(page).fill('a short story')
    await page.getByRole('alert').waitFor({ state: 'detached' })
  })

  it('keep a draft for each conversation and each person, over switching and reloading', async () => {
    const page = await open()
    await composer(page).fill('for the assistant')
    await page.getByRole('button', { name: 'field-ops' }).click()
    await composer(page, 'Message #field-ops').fill('for the channel')
    await page.reload()
    await eventually(() => composer(page, 'Message #field-ops').inputValue()).toBe('for the channel')
    await page.getByRole('button', { name: 'HydroCore Assistant, draft' }).click()
    await eventually(() => composer(page).inputValue()).toBe('for the assistant')
    await page.getByRole('button', { name: 'Acting as Tessa Berg' }).click()
    await page.getByRole('menuitemradio', { name: 'Omar Haddad' }).click()
    await page.getByRole('button', { name: 'Acting as Omar Haddad' }).waitFor()
    expect(await composer(page).inputValue()).toBe('')
  })

  it('complete slash commands with their hints, and send them as commands', async () => {
    const page = await open()
    await composer(page).pressSequentially('/')
    const list = page.getByRole('listbox', { name: 'Suggestions' })
    expect(await list.getByRole('option').first().textContent()).toMatch(
      /\/diagnose.*CODE or question.*Explain an error code/,
    )
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Tab')
    expect(await composer(page).inputValue()).toBe('/classify ')
    await page.keyboard.type('a log line')
    await page.keyboard.press('Enter')
    expect(await server().nextPost('/sandbox/commands')).toEqual({
      user: TESSA,
      channel: DIRECT,
      command: '/classify',
      text: 'a log line',
    })
  })

  it('refuse a command that does not exist, and any command in a thread', async () => {
    const page = await open({ at: `/#/${FIELD}` })
    await composer(page).fill('/nonsense x')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: '/nonsense is not a command here' }).waitFor()
    await page.getByRole('button', { name: '2 replies' }).click()
    await composer(page, 'Reply in thread').fill('/diagnose E-02')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'do not work in threads' }).waitFor()
    expect(await composer(page, 'Reply in thread').inputValue()).toBe('/diagnose E-02')
    expect(server().posted.filter(({ path }) => path === '/sandbox/commands')).toEqual([])
  })

  it('complete names after an @', async () => {
    const page = await open({ at: `/#/${FIELD}` })
    await composer(page).pressSequentially('hello @hyd')
    await page.keyboard.press('Enter')
    expect(await composer(page).inputValue()).toBe('hello @HydroCore Assistant ')
    await composer(page).pressSequentially('and @ri')
    await page.getByRole('option', { name: 'Rita Novak' }).click()
    expect(await composer(page).inputValue()).toBe('hello @HydroCore Assistant and @Rita Novak ')
  })

  it('leave the caret where one types, however late the page is drawn', async () => {
    const page = await open({ at: `/#/${FIELD}` })
    await page.evaluate(`{
      const draw = requestAnimationFrame.bind(window)
      window.requestAnimationFrame = (step) => setTimeout(() => draw(step), 200)
    }`)
    await composer(page).pressSequentially('hello @hyd')
    await page.keyboard.press('Enter')
    await composer(page).pressSequentially('and so on, at some length', { delay: 20 })
    expect(await composer(page).inputValue()).toBe('hello @HydroCore Assistant and so on, at some length')
  })

  it('show threads of channels in a panel, and reply there', async () => {
    const page = await open({ at: `/#/${FIELD}` })
    await page.getByRole('button', { name: '2 replies' }).click()
    const panel = page.getByRole('complementary', { name: 'Thread' })
    expect(await panel.getByRole('article').count()).toBe(3)
    await panel.getByRole('textbox', { name: 'Reply in thread' }).fill('thanks')
    await panel.getByRole('button', { name: 'Send' }).click()
    expect(await server().nextPost('/sandbox/messages')).toMatchObject({
      channel: FIELD,
      text: 'thanks',
      threadTs: expect.stringMatching(/^\d+\.\d{6}$/),
    })
    await panel.getByRole('article').filter({ hasText: 'thanks' }).waitFor()
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'detached' })
  })

  it('reply to an answer in place, inside the direct message', async () => {
    const page = await open()
    const thread = page.getByRole('region', { name: 'Conversation' }).last()
    await thread.getByRole('button', { name: 'Reply', exact: true }).click()
    await page.keyboard.type('and E-05?')
    await page.keyboard.press('Enter')
    expect(await server().nextPost('/sandbox/messages')).toMatchObject({
      channel: DIRECT,
      text: 'and E-05?',
      threadTs: expect.any(String),
    })
    await thread.getByRole('article').filter({ hasText: 'and E-05?' }).waitFor()
  })

  it('react by the picker and by a click on a reaction', async () => {
    const page = await open({ at: `/#/${FIELD}` })
    const first = page.getByRole('article').filter({ hasText: 'Morning all' })
    await first.hover()
    await first.getByRole('toolbar').getByRole('button', { name: 'Add reaction' }).click()
    await page.getByRole('menuitem', { name: 'eyes' }).click()
    expect(await server().nextPost('/sandbox/reactions')).toMatchObject({ name: 'eyes', present: true })
    const eyes = first.getByRole('button', { name: 'eyes, 1, by you' })
    await eyes.click()
    await eyes.waitFor({ state: 'detached' })
    expect(server().posted.at(-1)?.body).toMatchObject({ name: 'eyes', present: false })
    expect(await first.getByRole('button', { name: /^thumbs up, 1, by Rita/ }).textContent()).toContain('👍🏽')
  })

  it('run message shortcuts on the message they were called on', async () => {
    const page = await open({ at: `/#/${FIELD}` })
    const first = page.getByRole('article').filter({ hasText: 'Morning all' })
    await first.hover()
    await first.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Diagnose this message' }).click()
    expect(await server().nextPost('/sandbox/shortcuts')).toMatchObject({
      callbackId: 'diagnose_message',
      channel: FIELD,
      ts: expect.any(String),
    })
  })

  it('let people edit and delete what they wrote, and nothing else', async () => {
    const page = await open({ at: `/#/${FIELD}` })
    const own = page.getByRole('article').filter({ hasText: 'what is wrong?' })
    await own.hover()
    await own.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Edit message' }).click()
    expect(await composer(page, 'Edit message').inputValue()).toBe(
      '@HydroCore Assistant HC5000-A-1138 shows E-02, what is wrong?',
    )
    await composer(page, 'Edit message').fill('never mind')
    await page.keyboard.press('Enter')
    expect(await server().nextPost('/sandbox/messages/edit')).toMatchObject({ channel: FIELD, text: 'never mind' })
    await own.hover()
    await own.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Delete message' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
    expect(await server().nextPost('/sandbox/messages/delete')).toMatchObject({ channel: FIELD })
    const other = page.getByRole('article').filter({ hasText: 'Morning all' })
    await other.hover()
    await other.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Copy text' }).waitFor()
    expect(await page.getByRole('menuitem', { name: /Edit|Delete/ }).count()).toBe(0)
  })

  it('send files, and offer those of others for download', async () => {
    const page = await open({ at: `/#/${FIELD}` })
    const link = page.getByRole('link', { name: 'Download corrections-2026-47.jsonl' })
    expect(await link.getAttribute('href')).toBe('/sandbox/files/F1')
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'log.txt', mimeType: 'text/plain', buffer: Buffer.from('line 1') })
    await page.getByRole('listitem').filter({ hasText: 'log.txt' }).waitFor()
    await composer(page).press('Enter')
    expect(await server().nextPost('/sandbox/messages')).toMatchObject({
      text: '',
      files: [{ name: 'log.txt', text: 'line 1' }],
    })
  })

  it('count what is unread, and stop counting when it is read', async () => {
    const page = await open()
    server().emit({ type: 'message', message: message({ channel: FIELD, ts: tsAt(-1), userId: OMAR, text: 'news' }) })
    const entry = page.getByRole('button', { name: 'field-ops, unread: 1' })
    await entry.click()
    await page.getByRole('separator').filter({ hasText: 'New' }).waitFor()
    await page.getByRole('button', { name: 'general' }).click()
    await entry.waitFor({ state: 'detached' })
  })

  it('stay where the reader is when something new arrives, and lead back', async () => {
    const page = await open({ at: `/#/${FIELD}`, viewport: { width: 1000, height: 500 } })
    const log = page.getByRole('log')
    await log.evaluate((frame) => frame.scrollTo(0, 0))
    await page.getByRole('button', { name: 'Latest messages' }).waitFor()
    server().emit({
      type: 'message',
      message: message({ channel: FIELD, ts: tsAt(-1), userId: BOT, text: 'far below' }),
    })
    await page.getByRole('button', { name: 'New messages' }).click()
    await eventually(() =>
      log.evaluate((frame) => frame.scrollHeight - frame.scrollTop - frame.clientHeight),
    ).toBeLessThan(2)
  })

  it('offer questions about the devices as they are, without sending or overwriting anything', async () => {
    const page = await open()
    await composer(page).fill('Hello.')
    await page.getByRole('button', { name: 'My HydroCore unit HC5000-A-1138 is showing error E-02' }).click()
    expect(await composer(page).inputValue()).toBe(
      "Hello.\nMy HydroCore unit HC5000-A-1138 is showing error E-02. What's wrong?",
    )
    expect(server().posted.filter(({ path }) => path === '/sandbox/messages')).toEqual([])
  })

  it('open the newest own message for editing with the arrow up', async () => {
    const page = await open({ at: `/#/${FIELD}` })
    await composer(page).press('ArrowUp')
    const editor = composer(page, 'Edit message')
    expect(await editor.inputValue()).toContain('what is wrong?')
    await editor.fill('')
    await editor.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'An empty message' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('article').filter({ hasText: 'what is wrong?' }).waitFor()
    expect(server().posted.filter(({ path }) => path.endsWith('/edit'))).toEqual([])
  })

  it('show a long history from its end, and more of it on request without moving the reader', async () => {
    server().change((room) => ({
      ...room,
      messages: Array.from({ length: 150 }, (_, index) =>
        message({
          channel: FIELD,
          ts: tsAt(1_000 - index),
          userId: index % 2 === 0 ? OMAR : TESSA,
          text: `note ${index}.`,
        }),
      ),
    }))
    const page = await open({ at: `/#/${FIELD}` })
    const notes = page.getByRole('article').filter({ hasText: 'note' })
    expect(await notes.count()).toBe(60)
    const oldest = page.getByRole('article').filter({ hasText: 'note 90.' })
    await oldest.scrollIntoViewIfNeeded()
    const before = await oldest.boundingBox()
    await page.getByRole('button', { name: 'Show earlier messages' }).click()
    await eventually(() => notes.count()).toBe(120)
    await eventually(async () => Math.abs(((await oldest.boundingBox())?.y ?? 0) - (before?.y ?? 0))).toBeLessThan(60)
  })

  it('complete emoji, and draw a message of nothing else large', async () => {
    const page = await open({ at: `/#/${FIELD}` })
    await composer(page).pressSequentially(':tad')
    await page.keyboard.press('Enter')
    expect(await composer(page).inputValue()).toBe(':tada: ')
    await page.keyboard.press('Enter')
    const sent = page.getByRole('article').last()
    await eventually(() => sent.getByRole('img', { name: 'tada' }).textContent()).toBe('🎉')
  })
})
