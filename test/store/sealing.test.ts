import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { openPermanentKv } from '../../src/store/expiring.ts'
import { createSealing, resealAll, UnsealableError } from '../../src/store/sealing.ts'
import { describeOnDatabases } from '../support/databases.ts'
import fc from '../support/properties.ts'

const [oldKey, newKey, strange] = [randomBytes(32), randomBytes(32), randomBytes(32)]
const NAMESPACE = 'sealed-test'

describeOnDatabases('sealed values', (kind) => {
  it('come back as they were, and show nothing in the database', async () => {
    await using database = await kind.create()
    const kept = openPermanentKv<unknown>(database.store, { namespace: NAMESPACE, sealing: createSealing([newKey]) })
    await kept.set('T1', { token: 'xoxb-very-secret', name: 'ä😀' })
    expect(await kept.get('T1')).toEqual({ token: 'xoxb-very-secret', name: 'ä😀' })
    const rows = await database.store.selectFrom('kv').selectAll().execute()
    expect(rows).toMatchObject([{ key: `${NAMESPACE}::T1`, expires_at: null }])
    expect(rows[0]?.value).toMatch(/^sealed1:[0-9a-f]{8}:[\w-]+$/)
  })

  it('are read with an older key, sealed anew with the first, and then need the older no more', async () => {
    await using database = await kind.create()
    const { store } = database
    const open = (...keys: Buffer[]) =>
      openPermanentKv<string>(store, { namespace: NAMESPACE, sealing: createSealing(keys) })
    await open(oldKey).set('T1', 'one')
    await open(newKey).set('T2', 'two')
    await open(strange).set('T3', 'three')
    await openPermanentKv<string>(store, { namespace: 'another', sealing: createSealing([oldKey]) }).set(
      'T1',
      'not ours',
    )
    const both = createSealing([newKey, oldKey])
    const { unsealable, ...counts } = await resealAll(store, NAMESPACE, both)
    expect(counts).toEqual({ rows: 3, resealed: 1 })
    expect(unsealable.map(({ remedy }) => remedy)).toEqual([expect.stringContaining('INSTALLATIONS_KEY')])
    expect(await resealAll(store, NAMESPACE, both)).toMatchObject({ resealed: 0 })
    expect(await open(newKey).get('T1')).toBe('one')
    expect(await open(newKey).get('T2')).toBe('two')
    await expect(open(newKey).get('T3')).rejects.toBeInstanceOf(UnsealableError)
    expect(await open(strange).get('T3')).toBe('three')
  })

  it('say what is wrong when they were changed, moved to another key, or never sealed', async () => {
    await using database = await kind.create()
    const { store } = database
    const kept = openPermanentKv<string>(store, { namespace: NAMESPACE, sealing: createSealing([newKey]) })
    await kept.set('T1', 'one')
    const change = (value: string) => store.updateTable('kv').set({ value }).execute()
    const { value } = await store.selectFrom('kv').select('value').executeTakeFirstOrThrow()
    const swapped = value.at(-2) === 'A' ? 'B' : 'A'
    for (const [broken, words] of [
      [`${value.slice(0, -2)}${swapped}${value.slice(-1)}`, 'changed or damaged'],
      [createSealing([strange]).encrypt('{}'), 'sealed with another key'],
      ['{"value":"in the clear"}', 'not sealed'],
      ['sealed1:00000000:AAAA', 'not sealed'],
      ['', 'not sealed'],
    ] as const) {
      await change(broken)
      const fault = await kept.get('T1').catch((error: unknown) => error)
      expect(fault, broken).toBeInstanceOf(UnsealableError)
      expect((fault as UnsealableError).remedy, broken).toContain(words)
    }
  })
})

it('any text survives sealing, and no two sealings look alike', () => {
  const sealing = createSealing([newKey])
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const whole = text.toWellFormed()
      expect(sealing.decrypt(sealing.encrypt(whole))).toBe(whole)
      expect(sealing.encrypt(whole)).not.toBe(sealing.encrypt(whole))
    }),
  )
})

it('any other text is refused in words, never in silence', () => {
  const sealing = createSealing([newKey])
  const head = createSealing([newKey]).encrypt('').slice(0, 17)
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String().map((rest) => `${head}${rest}`),
      ),
      (text) => {
        expect(() => sealing.decrypt(text)).toThrow(UnsealableError)
      },
    ),
  )
})
