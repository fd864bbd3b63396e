import { randomBytes } from 'node:crypto'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** An id as OpenAI writes them: a prefix and letters and digits, such as `file-4fDq…`. */
export function newId(prefix: string, length = 24): string {
  return prefix + [...randomBytes(length)].map((byte) => LETTERS.charAt(byte % LETTERS.length)).join('')
}

/** Now, in the API's unit: whole seconds. */
export const nowSeconds = () => Math.floor(Date.now() / 1_000)
