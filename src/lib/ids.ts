import { randomBytes } from 'node:crypto'

const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz'
const TIME_LETTERS = 9
const RANDOM_LETTERS = 11

/**
 * A new id such as `cmd_01jd…`: lower-case Crockford base 32, the time first so that ids sort by age, then 55 random
 * bits so that they can't be guessed. Safe in Slack values, MQTT payloads, file names and URLs.
 */
export function newId(prefix: string, now: Date = new Date()): string {
  let time = ''
  for (let rest = now.getTime(), i = 0; i < TIME_LETTERS; i += 1, rest = Math.floor(rest / 32)) {
    time = LETTERS.charAt(rest % 32) + time
  }
  const random = [...randomBytes(RANDOM_LETTERS)].map((byte) => LETTERS.charAt(byte % 32)).join('')
  return `${prefix}_${time}${random}`
}
