const KEY_BYTES = 32
const HEX = /^[0-9a-f]{64}$/i
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/

/** One or more 32-byte keys in base64 or hex, separated by commas; null when any is invalid. */
export function readKeys(text: string): readonly Uint8Array[] | null {
  const keys = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(readKey)
  return keys.length > 0 && keys.every((key) => key !== null) ? keys : null
}

function readKey(text: string): Uint8Array | null {
  if (HEX.test(text)) return Buffer.from(text, 'hex')
  if (!BASE64.test(text)) return null
  const key = Buffer.from(text, 'base64')
  return key.byteLength === KEY_BYTES ? key : null
}
