import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser, whyNoBrowser } from '../support/browser.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

const missing = whyNoBrowser()

/** The same story as a person lives it: in a real browser, on the real app. */
describe.skipIf(missing)(`the story on the page${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let fixture: TestApp
  let browser: Browser
  let page: Page
  const faults: string[] = []

  beforeAll(async () => {
    fixture = await startTestApp()
    browser = await openBrowser()
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    page.setDefaultTimeout(20_000)
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text())
    })
    await page.goto(fixture.sandbox.workspace.url)
  })
  afterAll(async () => {
    await browser?.close()
    await fixture?.[Symbol.asyncDispose]()
  })

  const become = async (name: string) => {
    await page.getByRole('button', { name: /^Acting as/ }).click()
    await page.getByRole('menuitemradio', { name: new RegExp(name) }).click()
  }

  it('answers a question in the direct conversation', async () => {
    const composer = page.getByRole('textbox', { name: /message/i }).first()
    await composer.fill("My HydroCore unit HC5000-A-1138 is showing error E-02. What's wrong?")
    await composer.press('Enter')
    await page.getByText('E-02 · Turbidity sensor occlusion').waitFor()
    await page.getByText('Trigger automated cleaning cycle').first().waitFor()
  })

  it('runs the command after a confirmation and shows the device’s words', async () => {
    await page.getByRole('button', { name: 'Run CLEAN_TURB' }).click()
    await page.getByRole('button', { name: 'Send it' }).click()
    await page.getByText('succeeded').waitFor()
    await page
      .getByText(/Cleaning cycle done/)
      .first()
      .waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Run CLEAN_TURB' }).count()).toBe(0)
  })

  it('takes a correction in a form, with faults shown at their fields', async () => {
    await page.getByRole('button', { name: 'This answer was wrong' }).click()
    const form = page.getByRole('dialog', { name: 'What is right?' })
    await form.waitFor()
    await form.getByLabel('What to do').fill('One sentence. And another (command: CLEAN_TURB)')
    await form.getByLabel('What was wrong with the answer').click()
    await page.getByRole('option', { name: 'It recommended the wrong action' }).click()
    await form.getByRole('button', { name: 'Send' }).click()
    await form.getByText(/one sentence/).waitFor()
    await form.getByLabel('What to do').fill('Trigger automated cleaning cycle and wait ten minutes')
    await form.getByRole('button', { name: 'Send' }).click()
    await form.waitFor({ state: 'detached' })
    await page.getByText('Your correction is in the review queue', { exact: false }).first().waitFor()
  })

  it('lets the reviewer approve it in App Home', async () => {
    await become('Ruth Vance')
    await page
      .getByRole('link', { name: 'App Home' })
      .or(page.getByRole('button', { name: 'App Home' }))
      .first()
      .click()
    await page.getByText('Review queue (1)').waitFor()
    await page.getByRole('button', { name: 'Approve', exact: true }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Approve' }).click()
    await page.getByText('The queue is empty').waitFor()
  })

  it('goes through without a fault in the browser', async () => {
    await page.screenshot({ path: join(fixture.folder, 'end.png') })
    expect(faults).toEqual([])
  })
})
