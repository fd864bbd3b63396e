import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { whyNoBrowser } from '../../support/browser.ts'
import { findFaults } from './accessibility-audit.ts'
import { composer, eventually, hasFocus, SLOW_TEST, usePage } from './open-page.ts'
import { CORRECTION, DIRECT, FIELD, TESSA } from './sample-room.ts'

const missing = whyNoBrowser()

describe.skipIf(missing !== null)(`accessibility${missing ? ` (skipped: ${missing})` : ''}`, SLOW_TEST, () => {
  const { open, server } = usePage()

  const states: [string, (page: Page) => Promise<void>][] = [
    [
      'a direct message',
      async (page) => {
        server().emit({
          type: 'status',
          status: { channel: DIRECT, threadTs: '1.1', status: 'is thinking', loadingMessages: [] },
        })
        await page.getByRole('article').last().hover()
      },
    ],
    [
      'a channel with a thread',
      async (page) => {
        await page.getByRole('button', { name: 'field-ops' }).click()
        await page.getByRole('button', { name: '2 replies' }).click()
      },
    ],
    [
      'a form with errors',
      async (page) => {
        server().emit({ type: 'modals', modals: [CORRECTION] })
        await page.getByRole('button', { name: 'Send correction' }).click()
      },
    ],
    ['the Home tab', (page) => page.getByRole('button', { name: 'App Home' }).click()],
    ['the devices', (page) => page.getByRole('button', { name: /^Devices/ }).click()],
    [
      'the about panel, with the app away',
      async (page) => {
        server().emit({ type: 'app', connected: false })
        await page.getByRole('button', { name: 'About this sandbox' }).click()
      },
    ],
    ['suggestions', (page) => composer(page).pressSequentially('/')],
    ['the choice of persons', (page) => page.getByRole('button', { name: /^Acting as/ }).click()],
    ['the switcher', (page) => page.keyboard.press('Control+k')],
  ]
  for (const colorScheme of ['light', 'dark'] as const) {
    it.each(states)(`${colorScheme}: everything has a name and can be read in %s`, async (_, reach) => {
      const page = await open()
      await page.emulateMedia({ colorScheme })
      await reach(page)
      await eventually(() => page.evaluate(findFaults)).toEqual([])
    })
  }

  it.each([
    [390, 844],
    [768, 1024],
    [1280, 800],
  ])('nothing is cut off sideways at %i by %i', async (width, height) => {
    const page = await open({ viewport: { width, height }, at: `/#/${FIELD}` })
    const overflow = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    expect(await overflow()).toBeLessThanOrEqual(0)
    await page.getByRole('button', { name: '2 replies' }).click()
    await page.getByRole('complementary', { name: 'Thread' }).waitFor()
    expect(await overflow()).toBeLessThanOrEqual(0)
    const box = await composer(page, 'Reply in thread').boundingBox()
    expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 0) <= width).toBe(true)
  })

  it('on a phone the conversations are one touch away, and go when one is chosen', async () => {
    const page = await open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
    const sidebar = page.getByRole('navigation', { name: 'Conversations' })
    expect(await sidebar.isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Conversations list' }).tap()
    await sidebar.getByRole('button', { name: 'field-ops' }).tap()
    await composer(page, 'Message #field-ops').waitFor()
    await sidebar.waitFor({ state: 'hidden' })
  })

  it('jumps anywhere by keyboard', async () => {
    const page = await open()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('field')
    await page.keyboard.press('Enter')
    await composer(page, 'Message #field-ops').waitFor()
    await page.keyboard.press('Alt+ArrowUp')
    await composer(page, 'Message #general').waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('act omar')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Acting as Omar Haddad' }).waitFor()
  })

  it('reaches messages and their tools by keyboard', async () => {
    const page = await open({ at: `/#/${FIELD}` })
    await page.getByRole('article').last().focus()
    await page.keyboard.press('ArrowUp')
    const focused = page.locator('.message:focus')
    expect(await focused.textContent()).toContain('what is wrong?')
    await page.keyboard.press('Tab')
    while (!(await hasFocus(page.getByRole('button', { name: 'Reply in thread' })))) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('complementary', { name: 'Thread' }).waitFor()
  })

  it('keeps a chosen theme', async () => {
    const page = await open({ colorScheme: 'light' })
    const theme = () => page.evaluate<string>('document.documentElement.dataset.theme')
    expect(await theme()).toBe('light')
    await page.getByRole('button', { name: 'Switch to the dark theme' }).click()
    await eventually(theme).toBe('dark')
    await page.reload()
    await eventually(theme).toBe('dark')
    await page.getByRole('button', { name: 'Switch to the light theme' }).click()
    await page.emulateMedia({ colorScheme: 'dark' })
    await eventually(theme).toBe('dark')
    expect(page.url()).toContain(TESSA)
  })
})
