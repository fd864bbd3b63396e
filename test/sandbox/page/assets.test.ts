import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { pageAssets } from '../../../src/sandbox/page/assets.ts'

const app = pageAssets({ firstViewer: 'U0TESSA' })
const get = (path: string, headers: Record<string, string> = {}) => app.request(`http://127.0.0.1${path}`, { headers })
const CLIENT = new URL('../../../src/sandbox/page/client/', import.meta.url)

describe('the page’s files', () => {
  it('are a document that names who opens it, under a policy that allows nothing foreign', async () => {
    const response = await get('/')
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(await response.text()).toContain('data-viewer="U0TESSA"')
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('allow the import map by its hash', async () => {
    const response = await get('/')
    const map = /<script type="importmap">(.*?)<\/script>/s.exec(await response.text())?.[1] ?? ''
    const hash = createHash('sha256').update(map).digest('base64')
    expect(response.headers.get('content-security-policy')).toContain(`'sha256-${hash}'`)
    for (const path of Object.values((JSON.parse(map) as { imports: Record<string, string> }).imports)) {
      const module = await get(path)
      expect(module.status).toBe(200)
      expect(module.headers.get('content-type')).toContain('text/javascript')
    }
  })

  it('are all the client’s code and styles, without types', async () => {
    const names = await readdir(CLIENT, { recursive: true })
    const files = names.filter((name) => /\.(?:ts|css)$/.test(name))
    expect(files.length).toBeGreaterThan(40)
    for (const name of files) {
      const response = await get(`/page/${name}`)
      expect([name, response.status]).toEqual([name, 200])
      if (name.endsWith('.ts')) expect(await response.text()).not.toMatch(/^(?:export )?type |^import type/m)
    }
  })

  it.each([
    '/page/../assets.ts',
    '/page/%2e%2e/assets.ts',
    '/page/..%2fassets.ts',
    '/page/components/../../assets.ts',
    '/page//etc/passwd',
    '/page/tsconfig.json',
    '/page/index.html',
    '/page/vendor/zod.js',
    '/page/vendor/../../../package.json',
    '/page/components',
    '/page/nothing.ts',
    '/page/MAIN.ts',
    '/page/v-000000000000/../assets.ts',
    '/page/v-000000000000/v-000000000000/main.ts',
    '/page/v-xyz/main.ts',
  ])('do not include %s', async (path) => {
    expect((await app.request(new Request(`http://127.0.0.1${path}`))).status).toBe(404)
    const raw = new Request('http://127.0.0.1/')
    Object.defineProperty(raw, 'url', { value: `http://127.0.0.1${path}` })
    expect((await app.request(raw)).status).toBe(404)
  })

  it('are kept by the browser under their version, and asked for again without one', async () => {
    const html = await (await get('/')).text()
    const main = /src="(\/page\/v-[0-9a-f]{12}\/main\.ts)"/.exec(html)?.[1] ?? ''
    expect((await get(main)).headers.get('cache-control')).toContain('immutable')
    expect((await get('/page/main.ts')).headers.get('cache-control')).toBe('no-cache')
    expect(await (await get(main)).text()).toBe(await (await get('/page/main.ts')).text())
    expect((await get('/')).headers.get('cache-control')).toBe('no-cache')
  })
})
