import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { AppError } from '../lib/errors.ts'
import type { Store } from './open.ts'

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16
/** `sealed1:<key id>:<iv, tag and text in base64url>` */
const SEALED = /^(sealed1:([0-9a-f]{8})):([\w-]+)$/

/** Values that can't be read in the database: Keyv's encryption hook, and what a key change needs. */
export type Sealing = {
  encrypt(text: string): string
  /** Throws {@link UnsealableError}. */
  decrypt(sealed: string): string
  /** Whether the first key sealed it. */
  isCurrent(sealed: string): boolean
}

export class UnsealableError extends AppError {
  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super({ code: 'unsealable', message, remedy, ...options })
  }
}

/** AES-256-GCM. The first key seals, all keys open: put a new key first until nothing needs the old one. */
export function createSealing(keys: readonly Uint8Array[]): Sealing {
  const [first, ...others] = keys.map((bytes) => ({ bytes, id: idOf(bytes) }))
  if (!first || keys.some((key) => key.byteLength !== KEY_BYTES)) throw new TypeError(`a key has ${KEY_BYTES} bytes`)
  const known = new Map([...others, first].map(({ id, bytes }) => [id, bytes]))
  return {
    encrypt(text) {
      const head = `sealed1:${first.id}`
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv(CIPHER, first.bytes, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(head))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return `${head}:${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')}`
    },
    decrypt(sealed) {
      const [, head = '', id = '', rest = ''] = SEALED.exec(sealed) ?? []
      const key = known.get(id)
      const bytes = Buffer.from(rest, 'base64url')
      if (!head || bytes.byteLength < IV_BYTES + TAG_BYTES)
        throw new UnsealableError('a stored value is not sealed', 'A stored installation is not sealed. Install anew.')
      if (!key)
        throw new UnsealableError(
          `a stored value was sealed with key ${id}, and we have ${[...known.keys()].join(', ')}`,
          `A stored installation was sealed with another key (${id}). Put that key behind the new one in INSTALLATIONS_KEY, with a comma between, or have the workspaces install the app again.`,
        )
      try {
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
          .setAAD(Buffer.from(head))
          .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
        return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
      } catch (cause) {
        throw new UnsealableError(
          'a stored value was changed or damaged',
          'A stored installation was changed or damaged. Have that workspace install the app again.',
          { cause },
        )
      }
    },
    isCurrent: (sealed) => SEALED.exec(sealed)?.[2] === first.id,
  }
}

/** A key's short name, which reveals nothing about the key. */
function idOf(key: Uint8Array): string {
  return createHash('sha256').update('hydrocore sealing key').update(key).digest('hex').slice(0, 8)
}

/**
 * Reseals what an older key sealed, so that the older key can go. A row that changes meanwhile keeps its change. What
 * no key opens stays and is returned.
 */
export async function resealAll(
  store: Store,
  namespace: string,
  sealing: Sealing,
): Promise<{ rows: number; resealed: number; unsealable: readonly UnsealableError[] }> {
  const prefix = `${namespace}::`
  const rows = await store
    .selectFrom('kv')
    .select(['key', 'value'])
    .where(({ fn, val }) => fn('substr', ['key', val(1), val(prefix.length)]), '=', prefix)
    .execute()
  const unsealable: UnsealableError[] = []
  let resealed = 0
  for (const { key, value } of rows) {
    try {
      const text = sealing.decrypt(value)
      if (sealing.isCurrent(value)) continue
      await store
        .updateTable('kv')
        .set({ value: sealing.encrypt(text) })
        .where('key', '=', key)
        .where('value', '=', value)
        .execute()
      resealed += 1
    } catch (error) {
      if (!(error instanceof UnsealableError)) throw error
      unsealable.push(error)
    }
  }
  return { rows: rows.length, resealed, unsealable }
}
