import { describe, expect, it } from 'vitest'
import { createLogger, redact } from '../../src/lib/logger.ts'

const SECRETS = [
  'xoxb-123456-7890-abcDEF',
  'xoxp-1-2',
  'xoxe.xoxb-1-Mi0yLT',
  'xoxe-1-Mi0yLT',
  'xapp-1-A0B-1234-abcdef',
  'sk-proj-abcdefgh_12345678',
  'sk-1234567890abcdef',
]

describe('a secret', () => {
  it.each(SECRETS)('%s is never told', (secret) => {
    for (const text of [
      secret,
      `"${secret}"`,
      `token=${secret}&x=1`,
      `Bearer ${secret}\n`,
      `{"a":"${secret}"}`,
      `(${secret})`,
    ]) {
      expect(redact(text)).not.toContain(secret)
      expect(redact(text)).toContain('[redacted]')
    }
  })

  it.each([
    ['postgres://bot:hunter2@db.example:5432/hydrocore', 'postgres://[redacted]@db.example:5432/hydrocore'],
    ['mqtts://bot:hunter2@broker', 'mqtts://[redacted]@broker'],
    ['redis://:hunter2@cache', 'redis://[redacted]@cache'],
    ['postgres://bot:hun/ter@2@db/x', 'postgres://[redacted]@db/x'],
    [
      'at "https://bot:hunter2@proxy/" twice "https://a:hunter2@b"',
      'at "https://[redacted]@proxy/" twice "https://[redacted]@b"',
    ],
  ])('in the address %s is never told', (text, told) => {
    expect(redact(text)).toBe(told)
  })

  it.each([
    'E-02 on HC5000-A-1138',
    'mqtt://127.0.0.1:1883',
    'https://api.openai.com/v1',
    'at 12:30 tell tessa@example.com',
    'risk-assessment',
    'ask-me',
  ])('is not seen in %s', (text) => {
    expect(redact(text)).toBe(text)
  })
})

describe('the log', () => {
  function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
    const lines: string[] = []
    write(createLogger('trace', { write: (line) => void lines.push(line) }))
    return lines.join('')
  }

  it('is one line of JSON for each entry', () => {
    const line = logged((logger) => logger.info({ question: 'q_1' }, 'a question came in'))
    expect(JSON.parse(line)).toMatchObject({ question: 'q_1', msg: 'a question came in' })
  })

  it('holds no secret, wherever in an entry it stands', () => {
    for (const secret of SECRETS) {
      const cause = new Error(`refused ${secret}`)
      const error = Object.assign(new Error('failed', { cause }), {
        config: { headers: { authorization: `Bearer ${secret}` } },
      })
      const text = logged((logger) => {
        logger.warn({ err: error, nested: { list: [secret] } }, `with ${secret}`)
        logger.error(new Error(`https://bot:${secret}@proxy`))
      })
      expect(text).not.toContain(secret)
    }
  })

  it('says nothing below its level', () => {
    const lines: string[] = []
    const logger = createLogger('warn', { write: (line) => void lines.push(line) })
    logger.info('quiet')
    logger.warn('loud')
    expect(lines).toHaveLength(1)
  })
})
