import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const CHROMIUM_PATH = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Why the browser's tests cannot run here, or null. Where every test must run, a missing browser is a failure. */
export function whyNoBrowser(): string | null {
  if (existsSync(CHROMIUM_PATH)) return null
  const reason = `No Chromium at ${CHROMIUM_PATH}: install one, or set CHROMIUM_PATH.`
  if (process.env.CI === 'true') throw new Error(reason)
  return reason
}

/** The system's own Chromium, without a window. Whoever opens it closes it. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM_PATH, args: ARGS, headless: true })
