import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Hono } from 'hono'
import { PEOPLE } from '../workspace/state/seed.ts'

const CLIENT = new URL('./client/', import.meta.url)

const SIGNALS = import.meta.resolve('@preact/signals')
/** The browser modules the page stands on, served from where they are installed; nothing else of node_modules is. */
const VENDORED = {
  preact: import.meta.resolve('preact'),
  'preact/hooks': import.meta.resolve('preact/hooks'),
  htm: import.meta.resolve('htm'),
  '@preact/signals': SIGNALS,
  // A part of @preact/signals, found from there; the module stands beside what `require` finds.
  '@preact/signals-core': new URL(
    'signals-core.mjs',
    pathToFileURL(createRequire(SIGNALS).resolve('@preact/signals-core')),
  ).href,
} as const satisfies Record<string, string>

const vendorName = (specifier: string): string => `vendor/${specifier.replaceAll('/', '.')}.js`
const VENDOR_FILES = new Map(Object.entries(VENDORED).map(([name, url]) => [vendorName(name), new URL(url)]))

const TYPES: Readonly<Record<string, string>> = {
  ts: 'text/javascript; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/** Names without dots but the one before the ending: no path can climb out of the client's folder. */
const CLIENT_NAME = /^(?:[a-z0-9-]+\/)*[a-z0-9-]+\.(?:ts|css|svg)$/
/** The version in the path lets the browser keep a file for good; relative imports carry it along. */
const VERSIONED = /^v-([0-9a-f]{12})\//

const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const
const KEEP = 'public, max-age=31536000, immutable'
const ASK_AGAIN = 'no-cache'

/**
 * The page: its document at `/`, its code, styles and vendored modules below `/page/`. No build; types are stripped on
 * the way out. A person who opens it without saying who they are is `firstViewer`.
 */
export function pageAssets({ firstViewer = PEOPLE.technician }: { firstViewer?: string } = {}): Hono {
  const bodies = new Map<string, { changedAt: number; body: string }>()

  async function load(name: string): Promise<string | null> {
    const file = VENDOR_FILES.get(name) ?? (CLIENT_NAME.test(name) ? new URL(name, CLIENT) : null)
    const found = file && (await stat(file).catch(() => null))
    if (!file || !found?.isFile()) return null
    const known = bodies.get(name)
    if (known?.changedAt === found.mtimeMs) return known.body
    const source = await readFile(file, 'utf8')
    const body = name.endsWith('.ts') ? stripTypeScriptTypes(source, { mode: 'strip' }) : source
    bodies.set(name, { changedAt: found.mtimeMs, body })
    return body
  }

  const app = new Hono()
  app.get('/', async (context) => {
    const { html, policy } = await drawDocument(firstViewer)
    return context.body(html, 200, {
      ...HEADERS,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy,
      'Cache-Control': ASK_AGAIN,
    })
  })
  app.get('/page/*', async (context) => {
    const path = context.req.path.slice('/page/'.length)
    const asked = VERSIONED.exec(path)?.[1]
    const name = path.replace(VERSIONED, '')
    const body = await load(name)
    if (body === null) return context.text('There is no such file.', 404, HEADERS)
    return context.body(body, 200, {
      ...HEADERS,
      'Content-Type': TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
      'Cache-Control': asked === undefined ? ASK_AGAIN : KEEP,
    })
  })
  return app
}

/** The document, with the addresses of this version, and the policy that lets nothing foreign in. */
async function drawDocument(firstViewer: string): Promise<{ html: string; policy: string }> {
  const base = `/page/v-${await clientVersion()}`
  const imports = Object.fromEntries(Object.keys(VENDORED).map((name) => [name, `${base}/${vendorName(name)}`]))
  const importMap = JSON.stringify({ imports })
  const html = (await readFile(new URL('index.html', CLIENT), 'utf8'))
    .replaceAll('="/page/', () => `="${base}/`)
    .replace('<!--import-map-->', () => `<script type="importmap">${importMap}</script>`)
    .replace('{{first-viewer}}', () => encodeURIComponent(firstViewer))
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'sha256-${createHash('sha256').update(importMap).digest('base64')}'`,
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  return { html, policy }
}

/** Changes with every change to any file of the client: edits show at the next reload, without a restart. */
async function clientVersion(): Promise<string> {
  const names = (await readdir(CLIENT, { recursive: true })).filter((name) => /\.(?:ts|css|svg)$/.test(name)).sort()
  const files = [...names.map((name) => new URL(name.replaceAll('\\', '/'), CLIENT)), ...VENDOR_FILES.values()]
  const stamps = await Promise.all(files.map(async (file) => `${file.href} ${(await stat(file)).mtimeMs}`))
  return createHash('sha256').update(stamps.join('\n')).digest('hex').slice(0, 12)
}
