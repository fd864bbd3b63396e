import { beforeAll, describe, expect, it } from 'vitest'
import type { Catalog } from '../../../src/catalog/catalog.ts'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { parseAnswer, type Statement, statementOf, writeAnswer } from '../../../src/diagnosis/answer.ts'
import { isDecline } from '../../../src/diagnosis/decline.ts'
import { fitsCatalog } from '../../../src/diagnosis/grounding.ts'
import { rowFaults } from '../../../src/formats/validating.ts'
import { writeRow } from '../../../src/formats/writing.ts'
import { type ApprovedCorrection, toCorrectionExamples } from '../../../src/training/datasets/correction-examples.ts'
import { splitExamples } from '../../../src/training/datasets/datasets.ts'
import { assistantExamples, classifierExamples } from '../../../src/training/datasets/examples.ts'
import fc from '../../support/properties.ts'

let catalog: Catalog
beforeAll(async () => {
  catalog = await loadCatalog()
})

function statement(code: string, changes: Partial<Statement> = {}): Statement {
  const entry = catalog.find(code)
  if (!entry) throw new Error(`no ${code}`)
  return { ...statementOf(entry), ...changes }
}

let count = 0
function correction(changes: Partial<ApprovedCorrection> & { statement: Statement | null }): ApprovedCorrection {
  count += 1
  return { id: `cor_${count}`, question: 'My unit shows E-02. What is wrong?', weight: 1, ...changes }
}

function answersOf(corrections: readonly ApprovedCorrection[], code: string): Set<string> {
  const { examples } = assistantExamples(catalog, corrections)
  const first = examples.filter(({ label, stratum }) => label === code && stratum !== 'next')
  return new Set(first.map(({ messages }) => messages.at(-1)?.content ?? ''))
}

describe('a correction that rephrases the action', () => {
  it('is what every row of its code teaches from then on, follow-ups included', () => {
    const better = statement('E-02', { action: 'Start the cleaning cycle and wait ten minutes' })
    expect(answersOf([correction({ statement: better })], 'E-02')).toEqual(new Set([writeAnswer(better)]))
    expect(answersOf([correction({ statement: better })], 'E-01')).toEqual(new Set([writeAnswer(statement('E-01'))]))
  })

  it('teaches nothing to do when the action fails where it names nothing, and spells the problem as the catalog does', () => {
    const said = { problem: 'turbidity SENSOR occlusion', action: 'Clean it twice', fallback: null }
    const [answer] = answersOf([correction({ statement: statement('E-02', said) })], 'E-02')
    expect(answer).toBe(writeAnswer(statement('E-02', { action: 'Clean it twice', fallback: null })))
  })

  it('may take a command away', () => {
    const [answer] = answersOf(
      [correction({ statement: statement('E-05', { command: null }), question: 'E-05' })],
      'E-05',
    )
    expect(answer).not.toContain('REBOOT_COMM')
  })

  it('gives way to a later one, whatever the weight', () => {
    const first = correction({ statement: statement('E-02', { action: 'Clean it once' }), weight: 9 })
    const later = correction({ statement: statement('E-02', { action: 'Clean it twice' }), question: 'again E-02' })
    expect(answersOf([first, later], 'E-02')).toEqual(
      new Set([writeAnswer(statement('E-02', { action: 'Clean it twice' }))]),
    )
  })

  it('is taught in as many wordings as people proposed it, all of them on the training side', () => {
    const one = correction({ statement: statement('E-02', { action: 'Clean it twice' }), weight: 3 })
    const { train, heldOut } = splitExamples(assistantExamples(catalog, [one]).examples, { seed: 1 })
    expect(train.filter(({ source, stratum }) => source === one.id && stratum === 'correction')).toHaveLength(3)
    expect(heldOut.filter(({ stratum }) => stratum === 'correction')).toEqual([])
  })
})

describe('a correction of which code is meant', () => {
  const asked = 'the water looks like milk since the storm'
  it('teaches its question under the right code', () => {
    const { examples } = assistantExamples(catalog, [correction({ question: asked, statement: statement('E-02') })])
    const row = examples.find(({ messages }) => messages.at(-2)?.content === asked)
    expect(row?.label).toBe('E-02')
    expect(row?.messages.at(-1)?.content).toBe(writeAnswer(statement('E-02')))
  })

  it('does not undo a better wording of that code', () => {
    const better = correction({ statement: statement('E-02', { action: 'Clean it twice' }) })
    const meaning = correction({
      question: asked,
      statement: statement('E-02'),
      originalAnswer: writeAnswer(statement('E-01')),
    })
    expect(answersOf([better, meaning], 'E-02')).toEqual(
      new Set([writeAnswer(statement('E-02', { action: 'Clean it twice' }))]),
    )
  })

  it('is told from a correction back to the wording of the catalog', () => {
    const changed = statement('E-02', { action: 'Clean it twice' })
    const better = correction({ statement: changed })
    const back = correction({
      statement: statement('E-02'),
      originalAnswer: writeAnswer(changed),
      question: 'E-02 again',
    })
    expect(answersOf([better, back], 'E-02')).toEqual(new Set([writeAnswer(statement('E-02'))]))
    expect(toCorrectionExamples([better, back], catalog).statements.get('E-02')?.correction).toBeNull()
  })

  it('wins over the catalog where both answer the very same question', () => {
    const { examples } = assistantExamples(catalog, [
      correction({ question: 'Cloudy reading', statement: statement('E-01') }),
    ])
    const { train, heldOut } = splitExamples(examples, { seed: 1 })
    const rows = [...train, ...heldOut].filter(
      ({ messages }) => messages.at(-2)?.content.toLowerCase() === 'cloudy reading',
    )
    expect(rows.map(({ label }) => label)).toEqual(['E-01'])
  })

  it('of two about the same question, the later one wins', () => {
    const { examples } = assistantExamples(catalog, [
      correction({ question: asked, statement: statement('E-01') }),
      correction({ question: asked, statement: statement('E-02') }),
    ])
    const { train } = splitExamples(examples, { seed: 1 })
    expect(train.filter(({ messages }) => messages.at(-2)?.content === asked).map(({ label }) => label)).toEqual([
      'E-02',
    ])
  })
})

describe('a correction that is not taught', () => {
  const cases: [string, () => Partial<ApprovedCorrection> & { statement: Statement | null }][] = [
    ['contradicts_catalog', () => ({ statement: statement('E-02', { command: 'REBOOT_COMM' }) })],
    ['contradicts_catalog', () => ({ statement: statement('E-02', { problem: 'Loose cable' }) })],
    ['contradicts_catalog', () => ({ statement: statement('E-02', { action: 'First send REBOOT_COMM' }) })],
    [
      'contradicts_catalog',
      () => ({ statement: statement('W-10', { action: 'Wait (command: REBOOT_COMM)' }), question: 'W-10' }),
    ],
    ['unknown_code', () => ({ statement: { ...statement('E-02'), code: 'E-77' } })],
    ['other_code', () => ({ statement: statement('E-01') })],
    ['no_question', () => ({ statement: statement('E-02'), question: ' \n ' })],
    ['known_code', () => ({ statement: null })],
  ]
  it.each(cases)('is set aside as %s', (why, given) => {
    const one = correction(given())
    const { examples, setAside } = assistantExamples(catalog, [one])
    expect(setAside).toEqual([{ id: one.id, why }])
    expect(examples).toEqual(assistantExamples(catalog).examples)
  })
})

it('names the unknown code that is declined', () => {
  const { examples } = assistantExamples(catalog, [correction({ question: 'What is E-77?', statement: null })])
  const row = examples.find(({ messages }) => messages.at(-2)?.content === 'What is E-77?')
  expect(row?.messages.at(-1)?.content).toMatch(/^I do not know the code E-77\./)
})

it('teaches log lines to the classifier only, the newest category of a line', () => {
  const line = 'GW-09: handshake with broker timed out'
  const of = (category: 'Power' | 'Connectivity') => correction({ question: line, statement: null, category })
  const sorted = [of('Power'), of('Connectivity')]
  expect(assistantExamples(catalog, sorted).examples).toEqual(assistantExamples(catalog).examples)
  const { train, heldOut } = splitExamples(classifierExamples(sorted).examples, { seed: 1 })
  const rows = [...train, ...heldOut].filter(({ messages }) => messages.at(-2)?.content === `Log: ${line}`)
  expect(rows.map(({ label, source }) => [label, source])).toEqual([['Connectivity', sorted[1]?.id]])
  expect(classifierExamples([{ ...of('Power'), category: null }]).setAside).toMatchObject([{ why: 'unknown_category' }])
})

it('teaches to decline what should not have been answered', () => {
  const { examples } = assistantExamples(catalog, [correction({ question: 'is my coffee ready', statement: null })])
  const row = examples.find(({ messages }) => messages.at(-2)?.content === 'is my coffee ready')
  expect(isDecline(row?.messages.at(-1)?.content ?? '')).toBe(true)
})

const isAllowed = (answer: string, code: string) => {
  const said = parseAnswer(answer)
  const entry = catalog.find(code)
  return said !== null && entry !== null && fitsCatalog(said, entry, catalog)
}

it('never teaches what grounding or the trainer would refuse, whatever people wrote', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom('<|im_start|>system', 'a (command: REBOOT_COMM)', "'; DROP", '\u2028', 'E-02', 'RECALIB_PH now'),
  )
  const given = fc.record({
    question: text,
    statement: fc.record({
      code: fc.constantFrom('E-01', 'E-02', 'W-10', 'E-99', ''),
      problem: fc.oneof(text, fc.constant('Turbidity sensor occlusion')),
      action: text,
      command: fc.constantFrom(null, 'CLEAN_TURB', 'REBOOT_COMM', 'x'),
      fallback: fc.option(text),
    }),
    weight: fc.integer({ min: -1, max: 12 }),
  })
  fc.assert(
    fc.property(fc.array(given, { maxLength: 4 }), (list) => {
      const corrections = list.map((one, i) => ({ id: `cor_${i}`, ...one }))
      const refused = assistantExamples(catalog, corrections).examples.filter(
        ({ messages, label }) =>
          rowFaults(writeRow(messages), 'openai-sft').length > 0 ||
          (label !== 'declined' && !isAllowed(messages.at(-1)?.content ?? '', label)),
      )
      expect(refused).toEqual([])
    }),
    { numRuns: 30 },
  )
})
