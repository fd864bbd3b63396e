import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { openKv, sweepExpired } from '../../src/store/expiring.ts'
import { describeOnDatabases, type TestDatabase } from '../support/databases.ts'
import fc from '../support/properties.ts'

const MINUTE_MS = 60_000

describeOnDatabases('expiring state', (kind) => {
  let database: TestDatabase
  let namespaces = 0
  beforeAll(async () => {
    database = await kind.create()
  })
  afterAll(() => database[Symbol.asyncDispose]())
  afterEach(() => {
    vi.useRealTimers()
  })

  const openOwn = <T = unknown>(ttlMs = MINUTE_MS) => {
    namespaces += 1
    return openKv<T>(database.store, { namespace: `test-${namespaces}`, ttlMs })
  }
  const later = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })
  const countRows = async (prefix: string) =>
    (await database.store.selectFrom('kv').select('key').where('key', 'like', `${prefix}%`).execute()).length

  it('gives back any JSON value under any key', async () => {
    const state = openOwn()
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1, unit: 'grapheme' }).filter((key) => !key.includes('\0')),
        fc.jsonValue().filter((value) => value !== null),
        async (key, value) => {
          expect(await state.set(key, value)).toBe(true)
          expect(JSON.stringify(await state.get(key))).toBe(JSON.stringify(value))
        },
      ),
      { numRuns: 40 },
    )
  })

  it('forgets after its time, not before, and a value written anew lives on', async () => {
    const state = openOwn<string>()
    await state.set('a', 'old')
    await state.set('b', 'old')
    later(MINUTE_MS - 1_000)
    expect(await state.get('a')).toBe('old')
    await state.set('b', 'new')
    later(2_000)
    expect(await state.get('a')).toBeUndefined()
    expect(await state.has('a')).toBe(false)
    expect(await state.getMany(['a', 'b'])).toEqual([undefined, 'new'])
    expect(await state.hasMany(['a', 'b'])).toEqual([false, true])
  })

  it('hides what has expired by itself, without the help of Keyv', async () => {
    const state = openOwn<string>()
    await state.set('a', 'x')
    expect(await state.store.has('a')).toBe(true)
    later(MINUTE_MS + 1)
    expect(await state.store.get('a')).toBeUndefined()
    expect(await Array.fromAsync(state.store.iterator?.() ?? [])).toEqual([])
  })

  it('lets one value live shorter than the rest', async () => {
    const state = openOwn<number>()
    await state.setMany([
      { key: 'short', value: 1, ttl: 1_000 },
      { key: 'long', value: 2 },
    ])
    later(1_500)
    expect(await state.getMany(['short', 'long'])).toEqual([undefined, 2])
  })

  it('writes and deletes many at once, more than one statement takes', async () => {
    const state = openOwn<number>()
    const keys = Array.from({ length: 1_200 }, (_, i) => `key ${i}`)
    expect((await state.setMany(keys.map((key, value) => ({ key, value })))).every(Boolean)).toBe(true)
    expect(await state.getMany(keys)).toEqual(keys.map((_, value) => value))
    expect(await state.deleteMany([...keys.slice(0, 600), 'missing'])).toEqual([
      ...keys.slice(0, 600).map(() => true),
      false,
    ])
    expect(await state.hasMany(['key 0', 'key 599', 'key 600'])).toEqual([false, false, true])
  })

  it('keeps the last value of a key that comes twice', async () => {
    const state = openOwn<string>()
    await state.setMany([
      { key: 'a', value: 'first' },
      { key: 'a', value: 'last' },
    ])
    expect(await state.get('a')).toBe('last')
  })

  it('deletes a key once', async () => {
    const state = openOwn<string>()
    await state.set('a', 'x')
    expect(await state.delete('a')).toBe(true)
    expect(await state.delete('a')).toBe(false)
    expect(await state.get('a')).toBeUndefined()
  })

  it('keeps namespaces apart, also when one begins like another or holds wildcards', async () => {
    const [one, two] = ['ns', 'ns-2'].map((namespace) =>
      openKv<string>(database.store, { namespace, ttlMs: MINUTE_MS }),
    )
    await one?.set('%_', 'one')
    await two?.set('%_', 'two')
    expect(await Array.fromAsync(one?.iterator() ?? [])).toEqual([['%_', 'one']])
    await one?.clear()
    expect(await one?.get('%_')).toBeUndefined()
    expect(await two?.get('%_')).toBe('two')
    expect(() => openKv(database.store, { namespace: 'a::b', ttlMs: 1 })).toThrow(TypeError)
  })

  it('walks through all that has not expired', async () => {
    const state = openOwn<number>()
    const entries = Array.from({ length: 1_100 }, (_, i): [string, number] => [`k${String(i).padStart(4, '0')}`, i])
    await state.setMany(entries.map(([key, value]) => ({ key, value })))
    await state.set('gone', 0, 1_000)
    later(1_500)
    expect(await Array.fromAsync(state.iterator())).toEqual(entries)
  })

  it('sweeps what has expired and only that', async () => {
    const state = openOwn<string>()
    await state.set('short', 'x', 1_000)
    await state.set('long', 'y')
    const prefix = `test-${namespaces}::`
    expect(await countRows(prefix)).toBe(2)
    later(1_500)
    expect(await sweepExpired(database.store)).toBeGreaterThanOrEqual(1)
    expect(await countRows(prefix)).toBe(1)
    expect(await state.get('long')).toBe('y')
  })

  it('is one state for all handles', async () => {
    const other = await database.open()
    await openKv<string>(database.store, { namespace: 'shared', ttlMs: MINUTE_MS }).set('a', 'x')
    expect(await openKv<string>(other, { namespace: 'shared', ttlMs: MINUTE_MS }).get('a')).toBe('x')
  })

  it('rejects when the database fails, instead of forgetting quietly', async () => {
    const closed = await database.open()
    const state = openKv<string>(closed, { namespace: 'closed', ttlMs: MINUTE_MS })
    await closed.destroy()
    await expect(state.get('a')).rejects.toThrow()
    await expect(state.set('a', 'x')).rejects.toThrow()
    await expect(state.delete('a')).rejects.toThrow()
    await expect(state.clear()).rejects.toThrow()
  })
})
