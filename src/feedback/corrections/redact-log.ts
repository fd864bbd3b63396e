import type { Catalog } from '../../catalog/catalog.ts'

/** Addresses that belong to nobody (RFC 5737, RFC 3849), so that a line keeps its look. */
const NO_ADDRESS = '192.0.2.1'
const NO_ADDRESS_6 = '2001:db8::1'
const NO_MAIL = 'user@example.com'
const NO_HARDWARE = '02:00:00:00:00:01'

const MAIL = /[^\s<>(),;:"'=@]+@[^\s<>(),;:"'@]+\.[^\s<>(),;:"'@]+/g
const HARDWARE = /(?<![\da-f:])(?:[\da-f]{2}[:-]){5}[\da-f]{2}(?![\da-f:])/gi
const ADDRESS = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g
const ADDRESS_6 = /(?<![\da-f:])(?:[\da-f]{1,4}:){3,7}(?::?[\da-f]{1,4}|:)(?![\da-f:])/gi
/** Times of day look like short addresses. */
const CLOCK = /^\d{1,2}(?::\d{2}){2,3}$/
const WORD = /[\p{L}\p{N}][\p{L}\p{N}._-]*[\p{L}\p{N}]/gu
/** Values labelled as somebody's: `user=anna`, `login for "anna"`. */
const NAMED =
  /\b(user(?:name)?|login|account|password|passwd|pwd|token|secret|api[_-]?key)(\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;]+)/gi

/**
 * A log line as it may be taught. A classifier learns from how lines look, so anything that points to one device,
 * person or network is replaced by something that looks the same and belongs to nobody.
 */
export function redactLogLine(line: string, { isDeviceId }: Pick<Catalog, 'isDeviceId'>): string {
  return line
    .replace(MAIL, NO_MAIL)
    .replace(HARDWARE, NO_HARDWARE)
    .replace(ADDRESS, NO_ADDRESS)
    .replace(ADDRESS_6, (found) => (CLOCK.test(found) || found === NO_HARDWARE ? found : NO_ADDRESS_6))
    .replace(NAMED, (_, name: string, between: string) => `${name}${between}x`)
    .replace(WORD, (word) =>
      /\d/.test(word) && (isDeviceId(word) || isDeviceId(word.toUpperCase())) ? nobodys(word) : word,
    )
}

/** `HC5000-A-1138` as `HC5000-A-0000`: the last number identifies the device. */
function nobodys(id: string): string {
  return id.replace(/\d+(?=\D*$)/, (digits) => '0'.repeat(digits.length))
}
