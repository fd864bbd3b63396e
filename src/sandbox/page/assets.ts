import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Hono } from 'hono'
import { PEOPLE } from '../workspace/seed.ts'

const CLIENT = new URL('./client/', import.meta.url)

/** The browser modules the page stands on, served from where they are installed; nothing else of node_modules is. */
const VENDORED = {
  preact: import.meta.resolve('preact'),
  'preact/hooks': import.meta.resolve('preact/hooks'),
  htm: import.meta.resolve('htm'),
  '@preact/signals': import.meta.resolve('@preact/signals'),
  // A part of @preact/signals.
  '@preact/signals-core': import.meta.resolve('@preact/signals-core'),
} as const satisfies Record<string, string>

const vendorPath = (specifier: string): string => `/page/vendor/${specifier.replaceAll('/', '.')}.js`

const IMPORT_MAP = JSON.stringify({
  imports: Object.fromEntries(Object.keys(VENDORED).map((specifier) => [specifier, vendorPath(specifier)])),
})
const VENDOR_FILES = new Map(Object.entries(VENDORED).map(([specifier, url]) => [vendorPath(specifier), new URL(url)]))

const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    `script-src 'self' 'sha256-${createHash('sha256').update(IMPORT_MAP).digest('base64')}'`,
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-cache',
} as const

const TYPES: Readonly<Record<string, string>> = {
  ts: 'text/javascript; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  html: 'text/html; charset=utf-8',
}

/** Names without dots but the one before the ending: no path can climb out of the client's folder. */
const CLIENT_PATH = /^\/page\/((?:[a-z0-9-]+\/)*[a-z0-9-]+\.(ts|css|svg))$/

type Asset = { body: string; type: string; etag: string }

/**
 * The page: its document at `/`, its code, styles and vendored modules below `/page/`. No build; types are stripped on
 * the way out. A person who opens it without saying who they are is `firstViewer`.
 */
export function pageAssets({ firstViewer = PEOPLE.technician }: { firstViewer?: string } = {}): Hono {
  const cache = new Map<string, { version: string; asset: Asset }>()

  async function load(file: URL, type: string): Promise<Asset | null> {
    const found = await stat(file).catch(() => null)
    if (!found?.isFile()) return null
    const version = `${found.mtimeMs}-${found.size}`
    const cached = cache.get(file.href)
    if (cached?.version === version) return cached.asset
    const body = render(await readFile(file, 'utf8'), file, firstViewer)
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
    const asset = { body, type, etag }
    cache.set(file.href, { version, asset })
    return asset
  }

  async function locate(path: string): Promise<Asset | null> {
    if (path === '/') return load(new URL('index.html', CLIENT), TYPES.html ?? '')
    const vendored = VENDOR_FILES.get(path)
    if (vendored) return load(vendored, TYPES.js ?? '')
    const [, name, ending] = CLIENT_PATH.exec(path) ?? []
    return name === undefined ? null : load(new URL(name, CLIENT), TYPES[ending ?? ''] ?? '')
  }

  const app = new Hono()
  for (const path of ['/', '/page/*']) {
    app.get(path, async (context) => {
      const asset = await locate(context.req.path)
      if (!asset) return context.text('There is no such file.', 404, HEADERS)
      const headers = { ...HEADERS, 'Content-Type': asset.type, ETag: asset.etag }
      if (context.req.header('if-none-match') === asset.etag) return context.body(null, 304, headers)
      return context.body(asset.body, 200, headers)
    })
  }
  return app
}

function render(source: string, file: URL, firstViewer: string): string {
  const path = fileURLToPath(file)
  if (path.endsWith('.ts')) return stripTypeScriptTypes(source, { mode: 'strip' })
  if (!path.endsWith('.html')) return source
  return source
    .replace('<!--import-map-->', () => `<script type="importmap">${IMPORT_MAP}</script>`)
    .replace('{{first-viewer}}', () => encodeURIComponent(firstViewer))
}
