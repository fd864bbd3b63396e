import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { View } from '../../../src/sandbox/page/contract.ts'
import { whyNoBrowser } from '../../support/browser.ts'
import { composer, eventually, hasFocus, SLOW_TEST, usePage } from './open-page.ts'
import { CORRECTION, TESSA } from './sample-room.ts'

const missing = whyNoBrowser()

describe.skipIf(missing !== null)(`modals${missing ? ` (skipped: ${missing})` : ''}`, SLOW_TEST, () => {
  const { open, server } = usePage()
  const show = (...modals: View[]) => server().emit({ type: 'modals', modals })
  const dialog = (page: Page) => page.getByRole('dialog', { name: 'Correct this answer' })

  const fillIn = async (page: Page) => {
    await page.getByRole('combobox', { name: 'Right code' }).click()
    await page.getByRole('option', { name: 'E-02' }).click()
    await page.getByRole('textbox', { name: 'Right action' }).fill('Clean it')
    await page.getByRole('radio', { name: 'Wrong action' }).check()
    await page.getByRole('checkbox', { name: /may train the assistant/ }).check()
  }

  it('name required fields that are empty before anything is sent', async () => {
    const page = await open()
    show(CORRECTION)
    await dialog(page).getByRole('button', { name: 'Send correction' }).click()
    expect(await page.getByRole('alert').allTextContents()).toEqual(
      Array(4).fill('Please complete this required field.'),
    )
    const code = page.getByRole('combobox', { name: 'Right code' })
    await eventually(() => hasFocus(code)).toBe(true)
    expect(await code.getAttribute('aria-invalid')).toBe('true')
    expect(server().posted.filter(({ path }) => path.includes('submit'))).toEqual([])
  })

  it('send all values, show the app’s errors at their fields, and keep what was typed', async () => {
    const page = await open()
    show(CORRECTION)
    server().answer('/sandbox/views/submit', () => ({
      ok: false,
      error: 'invalid',
      errors: { action: 'Name the command too.' },
    }))
    await fillIn(page)
    await dialog(page).getByRole('button', { name: 'Send correction' }).click()
    await page.getByRole('alert').filter({ hasText: 'Name the command too.' }).waitFor()
    expect(await server().nextPost('/sandbox/views/submit')).toEqual({
      user: TESSA,
      viewId: CORRECTION.id,
      values: {
        question: {
          text: { type: 'plain_text_input', value: 'My HydroCore unit is showing error E-02. What is wrong?' },
        },
        code: {
          code: {
            type: 'static_select',
            selected_option: {
              text: { type: 'plain_text', text: 'E-02 Turbidity sensor occlusion', emoji: true },
              value: 'E-02',
            },
          },
        },
        action: { text: { type: 'plain_text_input', value: 'Clean it' } },
        reason: {
          reason: {
            type: 'radio_buttons',
            selected_option: { text: { type: 'plain_text', text: 'Wrong action', emoji: true }, value: 'action' },
          },
        },
        note: { text: { type: 'plain_text_input', value: null } },
        consent: { consent: { type: 'checkboxes', selected_options: [expect.objectContaining({ value: 'yes' })] } },
      },
    })
    const action = page.getByRole('textbox', { name: 'Right action' })
    await eventually(() => hasFocus(action)).toBe(true)
    expect(await action.inputValue()).toBe('Clean it')
    await action.fill('Clean it with CLEAN_TURB')
    await page.getByRole('alert').waitFor({ state: 'detached' })
    server().answer('/sandbox/views/submit', () => {
      show()
      return { ok: true }
    })
    await action.press('Enter')
    await dialog(page).waitFor({ state: 'detached' })
  })

  it('close with Escape, give the focus back, and hold it while open', async () => {
    const page = await open()
    await composer(page).focus()
    show(CORRECTION)
    await dialog(page).waitFor()
    for (let step = 0; step < 16; step++) {
      await page.keyboard.press('Tab')
      expect(await page.locator(':focus').and(page.locator(':not(dialog *)')).count()).toBe(0)
    }
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'detached' })
    expect(await server().nextPost('/sandbox/views/close')).toEqual({ user: TESSA, viewId: CORRECTION.id })
    expect(await hasFocus(composer(page))).toBe(true)
  })

  it('let Escape close an open list first', async () => {
    const page = await open()
    show(CORRECTION)
    await page.getByRole('combobox', { name: 'Right code' }).click()
    await page.getByRole('option').first().waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('option').first().waitFor({ state: 'detached' })
    expect(await dialog(page).count()).toBe(1)
  })

  it('stack: what was typed below is there when the upper one is gone', async () => {
    const page = await open()
    show(CORRECTION)
    await page.getByRole('textbox', { name: 'Right action' }).fill('half a thought')
    const upper: View = { ...CORRECTION, id: 'V2', title: 'Details', blocks: [], submit: null, close: null }
    show(CORRECTION, upper)
    await page.getByRole('dialog', { name: 'Details' }).waitFor()
    expect(await dialog(page).count()).toBe(0)
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    await eventually(() => page.getByRole('textbox', { name: 'Right action' }).inputValue()).toBe('half a thought')
  })

  it('keep what was typed when the app updates the form', async () => {
    const page = await open()
    show(CORRECTION)
    await page.getByRole('textbox', { name: 'Right action' }).fill('typed before')
    show({
      ...CORRECTION,
      title: 'Updated',
      blocks: [{ type: 'header', text: { type: 'plain_text', text: 'News' } }, ...CORRECTION.blocks],
    })
    await page.getByRole('dialog', { name: 'Updated' }).getByRole('heading', { name: 'News' }).waitFor()
    expect(await page.getByRole('textbox', { name: 'Right action' }).inputValue()).toBe('typed before')
  })

  it('say it when the form could not be sent at all', async () => {
    const page = await open()
    show(CORRECTION)
    await fillIn(page)
    server().answer('/sandbox/views/submit', () => ({
      ok: false,
      error: 'This form failed because the app did not respond.',
    }))
    await dialog(page).getByRole('button', { name: 'Send correction' }).click()
    await page.getByRole('alert').filter({ hasText: 'did not respond' }).waitFor()
    expect(await page.getByRole('textbox', { name: 'Right action' }).inputValue()).toBe('Clean it')
  })
})
