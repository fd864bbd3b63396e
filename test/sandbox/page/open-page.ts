import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { openBrowser } from '../../support/browser.ts'
import { type FakeServer, openFakeServer } from './fake-server.ts'

type Options = BrowserContextOptions & { at?: string }

const PLAIN = {
  viewport: { width: 1280, height: 800 },
  reducedMotion: 'reduce',
} as const satisfies BrowserContextOptions
/** A busy machine may take seconds over what a person sees at once. */
const PATIENCE_MS = 15_000
export const SLOW_TEST = { timeout: 60_000 }

/**
 * One browser and one fake server for a file of tests; each test opens its own page, and fails when the page's console
 * tells of an error.
 */
export function usePage() {
  let browser: Browser
  let server: FakeServer
  let shared: BrowserContext
  const faults: string[] = []

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([openBrowser(), openFakeServer()])
    shared = await browser.newContext(PLAIN)
  }, 60_000)
  afterEach(async () => {
    for (const page of shared.pages()) {
      await page.evaluate('localStorage.clear()')
      await page.close()
    }
    await Promise.all(browser.contexts().map((context) => context !== shared && context.close()))
    server.reset()
    expect(faults.splice(0)).toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    await server?.[Symbol.asyncDispose]()
  }, 30_000)

  const open = async ({ at = '/', ...options }: Options = {}): Promise<Page> => {
    // Pages of one context keep the client's files; only an unusual window needs a context of its own.
    const context = Object.keys(options).length === 0 ? shared : await browser.newContext({ ...PLAIN, ...options })
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('pageerror', (error) => faults.push(String(error)))
    page.on('console', (line) => {
      // A test that takes the server away sees failed requests; they are what it is about.
      if (line.type() === 'error' && !line.text().startsWith('Failed to load resource')) faults.push(line.text())
    })
    await page.goto(server.url + at)
    await page.getByRole('log').first().waitFor()
    return page
  }
  return { open, server: () => server }
}

export const composer = (page: Page, of = 'Message '): Locator => page.getByRole('textbox', { name: of })

/** Waits until the reading is as expected; the page draws a moment after it was told. */
export const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: PATIENCE_MS, interval: 20 })

/** Whether the focus is on this element. */
export const hasFocus = async (of: Locator): Promise<boolean> =>
  (await of.and(of.page().locator(':focus')).count()) === 1
