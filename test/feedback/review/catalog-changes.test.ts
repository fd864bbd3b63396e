import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCatalog } from '../../../src/catalog/catalog.ts'
import { loadCatalog, OWN_CATALOG, readCatalog } from '../../../src/catalog/loading.ts'
import { CatalogAgreesError } from '../../../src/feedback/corrections/errors.ts'
import {
  applyCatalogPatch,
  approveForCatalog,
  listCatalogRequests,
  writeCatalogPatch,
} from '../../../src/feedback/review/catalog-changes.ts'
import { approveCorrection, claimCorrection } from '../../../src/feedback/review/queue.ts'
import { withdrawCorrection } from '../../../src/feedback/review/withdraw.ts'
import { describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import { addCorrection, NOON } from '../../support/rows.ts'

const catalog = await loadCatalog()
const text = await readFile(OWN_CATALOG, 'utf8')
const RITA = { user: 'URITA', team: 'T1' }
const SAM = { user: 'USAM', team: 'T1' }
const NEW = { problem: 'Dirty turbidity lens', action: 'Clean it by hand', command: null, fallback: null }

describeOnDatabases('a request to change the catalog', (kind) => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await kind.create()
  })
  afterEach(() => database[Symbol.asyncDispose]())

  const ask = async (over: Parameters<typeof addCorrection>[1] = {}, by = RITA, now = NOON) => {
    const { id } = await addCorrection(database.store, over)
    await claimCorrection(database.store, { id, by }, now)
    return approveForCatalog(database.store, { id, by, catalog }, now)
  }
  const patchOf = async (against = catalog) =>
    writeCatalogPatch(await listCatalogRequests(database.store, against), against, '2026.12')

  it('is what a reviewer makes of a correction when the catalog is wrong', async () => {
    expect(await ask(NEW)).toMatchObject({ status: 'approved', target: 'catalog', reviewer: RITA.user })
    const [request] = await listCatalogRequests(database.store, catalog)
    expect(request?.state).toBe('open')
    expect(request?.differences).toMatchObject([
      { field: 'problem', here: NEW.problem, there: 'Turbidity sensor occlusion' },
      { field: 'action', here: NEW.action },
      { field: 'command', here: null, there: 'CLEAN_TURB' },
      { field: 'fallback', here: null },
    ])
  })

  it('is what a correction becomes by itself that no answer could say', async () => {
    const { id } = await addCorrection(database.store, { ...NEW, target: 'catalog' })
    await claimCorrection(database.store, { id, by: RITA }, NOON)
    await approveCorrection(database.store, { id, by: RITA }, NOON)
    expect(await listCatalogRequests(database.store, catalog)).toMatchObject([{ correction: { id }, state: 'open' }])
    await withdrawCorrection(database.store, { id, by: { user: 'UAUTHOR', team: 'T1' } }, NOON)
    expect(await listCatalogRequests(database.store, catalog)).toEqual([])
  })

  it('needs two people where a command changes', async () => {
    const first = await ask({ ...NEW, approvals_needed: 2 })
    expect(first).toMatchObject({ status: 'proposed', target: 'catalog', first_approver: RITA.user })
    expect(await listCatalogRequests(database.store, catalog)).toEqual([])
    await claimCorrection(database.store, { id: first.id, by: SAM }, NOON)
    expect(await approveForCatalog(database.store, { id: first.id, by: SAM, catalog }, NOON)).toMatchObject({
      status: 'approved',
    })
  })

  it('is refused where the catalog says so already, or does not speak of it', async () => {
    await expect(ask()).rejects.toBeInstanceOf(CatalogAgreesError)
    await expect(ask({ kind: 'log', code: 'Power' })).rejects.toBeInstanceOf(CatalogAgreesError)
    await expect(ask({ code: '', reason: 'should_not_have_answered' })).rejects.toBeInstanceOf(CatalogAgreesError)
  })

  it('gives way to a later one about the same code', async () => {
    await ask({ action: 'Clean it once' })
    await ask({ action: 'Clean it twice' }, RITA, NOON + 1)
    const requests = await listCatalogRequests(database.store, catalog)
    expect(requests.map(({ state }) => state)).toEqual(['superseded', 'open'])
    expect((await patchOf()).filter(({ op }) => op === 'replace').map(({ value }) => value)).toEqual([
      'Clean it twice',
      '2026.12',
    ])
  })

  it('is a patch of the catalog file, which then says so and has no request left', async () => {
    await ask(NEW)
    await ask({ code: 'W-10', problem: 'Low battery', action: 'Replace it', command: null, fallback: 'Call us.' })
    const steps = await patchOf()
    expect(steps.slice(0, 3)).toEqual([
      { op: 'test', path: '/version', value: catalog.version },
      { op: 'test', path: '/codes/1/code', value: 'E-02' },
      { op: 'replace', path: '/codes/1/problem', value: NEW.problem },
    ])
    const patched = applyCatalogPatch(text, steps)
    const changed = readCatalog(patched, 'patched')
    expect(changed.codes.map(({ code }) => code)).toEqual(catalog.codes.map(({ code }) => code))
    expect(changed).toMatchObject({
      version: '2026.12',
      codes: [{ code: 'E-01' }, NEW, { code: 'E-05' }, { fallback: { kind: 'inspect', text: 'Call us.' } }],
    })
    const next = createCatalog(changed)
    expect((await listCatalogRequests(database.store, next)).map(({ state }) => state)).toEqual(['done', 'done'])
    expect(await patchOf(next)).toEqual([])
  })
})

describe('a patched catalog file', () => {
  it('keeps its comments, its layout and everything else', () => {
    const written = `{ // ours\n  "version": "1",\n  "codes": [{ "code": "E-01", "action": "a" /* why */ }]\n}\n`
    const steps = [
      { op: 'test' as const, path: '/version', value: '1' },
      { op: 'replace' as const, path: '/codes/0/action', value: 'say "b"' },
      { op: 'replace' as const, path: '/version', value: '2' },
    ]
    expect(applyCatalogPatch(written, steps)).toBe(
      `{ // ours\n  "version": "2",\n  "codes": [{ "code": "E-01", "action": "say \\"b\\"" /* why */ }]\n}\n`,
    )
  })
})
