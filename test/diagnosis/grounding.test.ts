import { describe, expect, it } from 'vitest'
import { createCatalog } from '../../src/catalog/catalog.ts'
import { loadCatalog } from '../../src/catalog/loading.ts'
import { type Statement, statementOf, writeAnswer } from '../../src/diagnosis/answer.ts'
import { fitsCatalog, forbiddenIn, ground } from '../../src/diagnosis/grounding.ts'
import { otherProduct } from '../support/catalogs.ts'
import { hostileText } from '../support/hostile.ts'
import fc from '../support/properties.ts'

const catalog = await loadCatalog()
const entryOf = (code: string) => catalog.find(code) ?? expect.fail(`no ${code}`)
const E02 = statementOf(entryOf('E-02'))
const say = (over: Partial<Statement>) => ground(writeAnswer({ ...E02, ...over }), 'E-02', catalog)

describe('grounding', () => {
  it.each(catalog.codes)('believes the canonical answer of $code', (entry) => {
    const statement = statementOf(entry)
    expect(ground(writeAnswer(statement), entry.code, catalog)).toEqual({
      verdict: 'grounded',
      code: entry.code,
      statement,
    })
  })

  it('shows no advice of the model’s own, however right the code, the problem and the command', () => {
    const action = 'Open the high-voltage cabinet and bypass the interlock'
    expect(say({ action })).toEqual({ verdict: 'contradicted', code: 'E-02', statement: E02 })
    expect(say({ fallback: 'Call 555-0100.' })).toEqual({ verdict: 'contradicted', code: 'E-02', statement: E02 })
  })

  it('shows an approved correction’s advice, word for word', () => {
    const approved = { ...E02, action: 'Start the cleaning cycle and wait ten minutes' }
    const text = writeAnswer({ ...approved, action: approved.action.toUpperCase() })
    expect(ground(text, 'E-02', catalog, [approved])).toEqual({
      verdict: 'grounded',
      code: 'E-02',
      statement: approved,
    })
  })

  it('shows only what is approved, whatever a model says', () => {
    const approved = [{ ...E02, action: 'Wipe the lens' }]
    const anything = fc.record({
      code: fc.constantFrom(...catalog.codes.map(({ code }) => code), 'E-99'),
      problem: fc.oneof(hostileText(), fc.constant(E02.problem)),
      action: fc.oneof(hostileText(), fc.constantFrom(E02.action, 'Wipe the lens', 'Open the cabinet')),
      command: fc.constantFrom(null, ...Object.keys(catalog.commands)),
      fallback: fc.oneof(fc.constant(null), hostileText(), fc.constant(E02.fallback)),
    })
    fc.assert(
      fc.property(fc.oneof(anything.map(writeAnswer), hostileText()), (text) => {
        const { statement } = ground(text, 'E-02', catalog, approved)
        expect([E02, ...approved]).toContainEqual(statement)
      }),
    )
  })

  it('takes the problem’s words from the catalog', () => {
    expect(say({ problem: 'TURBIDITY   sensor-occlusion' })).toMatchObject({
      verdict: 'grounded',
      statement: { problem: 'Turbidity sensor occlusion' },
    })
  })

  it('answers a question without a code when the model found one that the catalog knows', () => {
    expect(ground(writeAnswer(E02), null, catalog)).toMatchObject({ verdict: 'grounded', code: 'E-02' })
    expect(ground(writeAnswer({ ...E02, code: 'E-99' }), null, catalog)).toEqual({
      verdict: 'unknown_code',
      code: 'E-99',
      statement: null,
    })
  })

  it.each([
    ['another code', { code: 'E-01' }],
    ['another problem', { problem: 'pH sensor calibration drift' }],
    ['half of the problem', { problem: 'Turbidity' }],
    ['another command', { command: 'REBOOT_COMM' }],
    ['a made-up command', { command: 'FACTORY_RESET' }],
    ['another command in the action', { action: 'Send REBOOT_COMM to it' }],
    ['another command in the fallback', { fallback: 'Otherwise send recalib_ph.' }],
    ['another command with a space', { action: 'Do a reboot comm first' }],
    ['another command with dashes', { action: 'Do a Reboot-Comm first' }],
    ['another command in full-width letters', { action: 'Send ＲＥＢＯＯＴ＿ＣＯＭＭ to it' }],
    ['another command with something unseen in it', { action: 'Send REBOOT\u200b_\u2060COMM to it' }],
    ['a made-up command in the text', { fallback: 'Otherwise send WIPE_ALL.' }],
    ['a second command in brackets', { fallback: 'Otherwise (command: REBOOT_COMM).' }],
  ])('shows the catalog’s statement instead of %s', (_, over) => {
    expect(say(over)).toEqual({ verdict: 'contradicted', code: 'E-02', statement: E02 })
  })

  it.each(['Reboot the communication module', 'Clean it, then reboot', 'Press RE and BOOT', 'Wait for 5_000 ms'])(
    'does not take plain advice for a command: %s',
    (action) => {
      expect(forbiddenIn(action, ['E-02'], catalog)).toEqual([])
    },
  )

  it('takes a command of one word by its capitals', () => {
    const pumps = createCatalog(otherProduct)
    const flush = statementOf(pumps.find('ALM-012') ?? expect.fail())
    const fits = (action: string) => {
      const entry = pumps.find('ALM-012') ?? expect.fail()
      return fitsCatalog({ ...flush, action }, entry, pumps)
    }
    expect(fits('Stop at the valve, then flush')).toBe(true)
    expect(fits('Send STOP, then flush')).toBe(false)
  })

  it('allows the names that the catalog’s own words for the code hold', () => {
    const own = createCatalog({
      ...otherProduct,
      codes: otherProduct.codes.map((entry) => ({ ...entry, fallback: { kind: 'visit', text: 'Else send STOP.' } })),
    })
    for (const entry of own.codes)
      expect(ground(writeAnswer(statementOf(entry)), entry.code, own).verdict).toBe('grounded')
  })

  it('gives the catalog’s statement when the model said nothing that can be read', () => {
    for (const text of ['', '}{"<<%%', '<html>', 'Sorry?'])
      expect(ground(text, 'E-02', catalog)).toEqual({ verdict: 'unanswered', code: 'E-02', statement: E02 })
    expect(ground('Sorry?', null, catalog)).toEqual({ verdict: 'unanswered', code: null, statement: null })
  })

  it('says nothing of a code that the catalog does not know, whatever the model says', () => {
    const unknown = { verdict: 'unknown_code', code: 'E-99', statement: null }
    expect(ground(writeAnswer({ ...E02, code: 'E-99' }), 'E-99', catalog)).toEqual(unknown)
    expect(ground(writeAnswer(E02), 'E-99', catalog)).toEqual(unknown)
  })
})

describe('whatever the text', () => {
  const codes = [...catalog.codes.map(({ code }) => code), 'E-99', 'X-01']
  const commands = [...Object.keys(catalog.commands), 'FACTORY_RESET', 'reboot_comm', 'CLEAN_TURB; REBOOT_COMM']
  const spoken = fc
    .record({
      code: fc.constantFrom(...codes),
      problem: fc.oneof(fc.constantFrom(...catalog.codes.map(({ problem }) => problem)), hostileText(3)),
      action: fc.oneof(fc.constantFrom(...catalog.codes.map(({ action }) => action), ...commands), hostileText(3)),
      command: fc.option(fc.constantFrom(...commands)),
      fallback: fc.option(fc.oneof(hostileText(3), fc.constantFrom(...commands))),
    })
    .map(writeAnswer)
  const anything = fc
    .array(fc.oneof(spoken, hostileText(4)), { minLength: 1, maxLength: 3 })
    .map((deps) => deps.join(' '))

  it('never lets a command through that the catalog does not allow for the code', () => {
    fc.assert(
      fc.property(anything, fc.option(fc.constantFrom(...codes)), (text, asked) => {
        const { verdict, code, statement } = ground(text, asked, catalog)
        if (asked !== null) expect(code).toBe(asked)
        if (verdict === 'unknown_code') expect(statement).toBeNull()
        if (!statement) return
        const entry = entryOf(code ?? '')
        expect(statement.code).toBe(entry.code)
        expect(statement.problem).toBe(entry.problem)
        expect([entry.command, null]).toContain(statement.command)
        const shown = `${statement.action} ${statement.fallback ?? ''}`.toUpperCase()
        for (const name of Object.keys(catalog.commands)) if (name !== entry.command) expect(shown).not.toContain(name)
      }),
      { numRuns: 1_500 },
    )
  })

  it('shows words of the model only when they are grounded', () => {
    fc.assert(
      fc.property(anything, fc.constantFrom(...codes), (text, asked) => {
        const { verdict, statement } = ground(text, asked, catalog)
        if (verdict !== 'grounded' && statement) expect(statement).toEqual(statementOf(entryOf(asked)))
      }),
      { numRuns: 500 },
    )
  })
})
