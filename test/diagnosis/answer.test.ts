import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../src/catalog/loading.ts'
import { parseAnswer, type Statement, statementOf, writeAnswer } from '../../src/diagnosis/answer.ts'
import { CONSENT_LINE, checkCorrection } from '../../src/feedback/corrections/corrections.ts'
import { hostileText } from '../support/hostile.ts'
import fc from '../support/properties.ts'

const catalog = await loadCatalog()

const OCCLUSION: Statement = {
  code: 'E-02',
  problem: 'Turbidity sensor occlusion',
  action: 'Trigger automated cleaning cycle',
  command: 'CLEAN_TURB',
  fallback: 'Check physical sensor for debris if error persists.',
}

describe('the canonical answer', () => {
  it('is written as the model is trained to write it', () => {
    expect(writeAnswer(OCCLUSION)).toBe(
      "Error Code E-02 indicates a 'Turbidity sensor occlusion'. Recommended Action: Trigger automated cleaning cycle (command: CLEAN_TURB). Check physical sensor for debris if error persists.",
    )
    expect(writeAnswer({ ...OCCLUSION, code: 'W-10', command: null, fallback: null })).toBe(
      "Warning Code W-10 indicates a 'Turbidity sensor occlusion'. Recommended Action: Trigger automated cleaning cycle.",
    )
  })

  it.each(catalog.codes)('of $code comes back as it went in', (entry) => {
    const statement = statementOf(entry)
    expect(parseAnswer(writeAnswer(statement))).toEqual(statement)
  })

  it.each([
    "error code e-02 indicates a 'turbidity sensor occlusion'. recommended action: trigger automated cleaning cycle (command: clean_turb). Check physical sensor for debris if error persists.",
    'Error Code E-02 indicates a "Turbidity sensor occlusion". Recommended Action: Trigger automated cleaning cycle (Command: CLEAN_TURB). Check physical sensor for debris if error persists.',
    'Error  Code  E-02  indicates ‘Turbidity sensor occlusion’\nRecommended Action:  Trigger automated cleaning cycle(command:CLEAN_TURB) Check physical sensor for debris if error persists.',
    "Sure. Code E-02 indicates the 'Turbidity sensor occlusion'; Recommended Action: Trigger automated cleaning cycle (command: CLEAN_TURB). Check physical sensor for debris if error persists.\n\nAnything else?",
  ])('is read in other clothes: %s', (text) => {
    const read = parseAnswer(text)
    expect({ ...read, problem: read?.problem.toLowerCase(), action: read?.action.toLowerCase() }).toEqual({
      ...OCCLUSION,
      problem: OCCLUSION.problem.toLowerCase(),
      action: OCCLUSION.action.toLowerCase(),
    })
  })

  it.each([
    '',
    'I do not know.',
    '<html><body>502 Bad Gateway</body></html>',
    "Error Code E-02 indicates a 'Turbidity sensor occlusion'.",
    "Error Code E-02 indicates a 'Turbidity sensor occlusion'. Recommended Action:",
    "Error Code E-02 indicates a 'Turbidity sensor occlusion'. Recommended Action: (command: CLEAN_TURB).",
    "Error Code 2 indicates a 'Turbidity sensor occlusion'. Recommended Action: Wait.",
  ])('is not read out of something else: %s', (text) => {
    expect(parseAnswer(text)).toBeNull()
  })

  it.each([
    "**Error Code E-02** means 'Turbidity sensor occlusion'.\n\n**Recommended Action:** Trigger automated cleaning cycle\n**Command:** `CLEAN_TURB`\n\nCheck physical sensor for debris if error persists.",
    '- E-02 stands for the "Turbidity sensor occlusion". The lens is covered.\n- Recommended action: Trigger automated cleaning cycle (Command: `CLEAN_TURB`). Check physical sensor for debris if error persists.',
    'Sure!\n\n### E-02: Turbidity sensor occlusion\n1. Recommended action: Trigger automated cleaning cycle, command: CLEAN_TURB. Check physical sensor for debris if error persists.',
  ])('is read in the words of a model that was not trained to write it: %s', (text) => {
    expect(parseAnswer(text)).toEqual(OCCLUSION)
  })

  it('in such words has no command where it names none', () => {
    expect(parseAnswer('**W-10** means low battery.\n\nRecommended action: Replace it. Command: none')).toEqual(
      expect.objectContaining({ code: 'W-10', action: 'Replace it', command: null }),
    )
  })

  it('that broke off before its command has none', () => {
    expect(parseAnswer("Error Code E-02 indicates a 'x'. Recommended Action: Trigger the cycle (command: CLE")).toEqual(
      expect.objectContaining({ code: 'E-02', command: null }),
    )
  })

  it('comes back as it went in for everything that a correction may say', () => {
    const words = fc.oneof(
      hostileText(6),
      fc.constantFrom('Wait 5.5 min', 'Clean it (twice)', "Open the 'lid'", 'e.g. this', 'See: action', 'A (command'),
      fc.lorem({ maxCount: 8 }),
    )
    let allowed = 0
    fc.assert(
      fc.property(
        fc.record({
          code: fc.constantFrom(...catalog.codes.map(({ code }) => code)),
          problem: words,
          action: words,
          fallback: fc.option(words),
          hasCommand: fc.boolean(),
        }),
        ({ hasCommand, ...said }) => {
          const command = hasCommand ? (catalog.find(said.code)?.command ?? null) : null
          const form = { ...said, command, question: 'What is it?', reason: 'outdated', consent: CONSENT_LINE }
          const checked = checkCorrection(form, catalog)
          if (!checked.ok) return
          allowed += 1
          const { code, problem, action, fallback } = checked.correction
          expect(parseAnswer(writeAnswer(checked.correction))).toEqual({ code, problem, action, command, fallback })
        },
      ),
      { numRuns: 1_500 },
    )
    expect(allowed).toBeGreaterThan(50)
  })
})

describe('any text', () => {
  it('is read as a whole statement or as none', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const read = parseAnswer(text)
        if (!read) return
        expect(read.code).toMatch(/^[A-Z]{1,3}-\d{1,4}$/)
        expect(read.problem).toBe(read.problem.trim())
        expect(read.action).not.toBe('')
        if (read.command !== null) expect(read.command).toMatch(/^[A-Z][A-Z0-9_]{1,39}$/)
      }),
      { numRuns: 500 },
    )
  })

  it('is read quickly, however long and however shaped', () => {
    const head = "Error Code E-02 indicates a 'x'. Recommended Action: "
    const startedAt = performance.now()
    for (const piece of [
      ' ',
      "'",
      '. ',
      'code ',
      "code E-02 indicates 'x' ",
      '(command: ',
      'a (command: A',
      'indicates a ',
    ])
      for (const start of ['', head]) parseAnswer(start + piece.repeat(32_000 / piece.length))
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  })
})
