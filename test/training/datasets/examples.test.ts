import { beforeAll, describe, expect, it } from 'vitest'
import { type Catalog, createCatalog } from '../../../src/catalog/catalog.ts'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { parseAnswer, statementOf, writeAnswer } from '../../../src/diagnosis/answer.ts'
import { readDecline } from '../../../src/diagnosis/decline.ts'
import { createDiagnose, diagnosisOf } from '../../../src/diagnosis/diagnose.ts'
import { ground } from '../../../src/diagnosis/grounding.ts'
import { CATEGORIES, CLASSIFIER_PROMPT, SYSTEM_PROMPT } from '../../../src/diagnosis/prompt.ts'
import { parseQuestion } from '../../../src/diagnosis/question.ts'
import { splitExamples } from '../../../src/training/datasets/datasets.ts'
import { assistantExamples, classifierExamples, type Example } from '../../../src/training/datasets/examples.ts'
import { fakeModels, says } from '../../diagnosis/fake-models.ts'
import { silent } from '../../support/silent.ts'

let catalog: Catalog
let examples: readonly Example[]
beforeAll(async () => {
  catalog = await loadCatalog()
  examples = assistantExamples(catalog).examples
})

const questionOf = ({ messages }: Example) => messages.at(-2)?.content ?? ''
const answerOf = ({ messages }: Example) => messages.at(-1)?.content ?? ''

describe('what the assistant learns', () => {
  it('is asked exactly as in service: the one system prompt first, no gold answer in it', () => {
    for (const { messages } of examples) {
      expect(messages[0]).toEqual({ role: 'system', content: SYSTEM_PROMPT })
      expect(messages.slice(1).map(({ role }) => role)).toEqual(
        messages.slice(1).map((_, i) => (i % 2 === 0 ? 'user' : 'assistant')),
      )
      expect(messages.at(-1)?.role).toBe('assistant')
    }
  })

  it('holds the gold answer nowhere in what is asked', () => {
    for (const { messages, label } of examples) {
      const answer = messages.at(-1)?.content ?? ''
      const { problem, action, command } = catalog.find(label) ?? { problem: answer, action: answer, command: null }
      const asked = messages.filter(({ role }) => role !== 'assistant').map(({ content }) => content.toLowerCase())
      for (const told of [answer, problem, action, ...(command ? [command] : [])])
        for (const text of asked) expect(text).not.toContain(told.toLowerCase())
    }
    for (const { messages } of classifierExamples().examples) {
      // The instructions name all categories alike, and are the same for every row; the rest is the line alone.
      expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant'])
      expect(messages[0]?.content).toBe(CLASSIFIER_PROMPT)
      const line = messages[1]?.content ?? ''
      expect(line).not.toContain('Sensor_Fault')
      expect(line.endsWith(messages[2]?.content ?? '')).toBe(false)
    }
  })

  it('holds a way to ask for each of several codes, which is the very one it is asked in service', async () => {
    const models = fakeModels({ one: [says('')] })
    const diagnose = createDiagnose({
      ...{ catalog, models, fallbackModel: null, budgetMs: 5_000, logger: silent },
      serving: async () => ({ model: 'one', strategy: 'fine-tuned', trial: null }),
    })
    const text = 'HC5000-A-1138 shows E-02 and w10, the other one error 05, and what is e1 and E-99?'
    await diagnosisOf(diagnose({ text }, new AbortController().signal))
    // What nobody knows is asked of no model.
    expect(models.asked).toHaveLength(4)
    for (const seed of [1, 2, 3, 2026]) {
      const { train } = splitExamples(examples, { seed })
      const trained = new Set(train.map(({ messages }) => JSON.stringify(messages.slice(0, -1))))
      for (const { messages } of models.asked) expect(trained).toContain(JSON.stringify(messages))
    }
  })

  it('follows a thread: the same again, the next step, another code, another matter', () => {
    const later = examples.filter(({ messages }) => messages.length > 3)
    expect(new Set(later.map(({ stratum }) => stratum))).toEqual(new Set(['again', 'next', 'switch', 'off-topic']))
    for (const one of later.filter(({ stratum }) => stratum === 'switch')) {
      const before = parseAnswer(one.messages[2]?.content ?? '')?.code
      expect(before).not.toBe(one.label)
      if (one.label === 'declined') expect(readDecline(answerOf(one))?.code).toBeTruthy()
      else expect(parseAnswer(answerOf(one))?.code).toBe(one.label)
    }
  })

  it('covers every code equally, in at least thirty ways', () => {
    const counts = catalog.codes.map(({ code }) => examples.filter(({ label }) => label === code).length)
    expect(new Set(counts).size).toBe(1)
    expect(counts[0]).toBeGreaterThan(30)
  })

  it('teaches only what grounding accepts', () => {
    for (const one of examples.filter(({ label }) => label !== 'declined'))
      expect(ground(answerOf(one), one.label, catalog).verdict, questionOf(one)).toBe('grounded')
  })

  it('asks about no code but the one it answers', () => {
    for (const one of examples.filter(({ label }) => label !== 'declined'))
      for (const code of parseQuestion(questionOf(one), catalog).codes) expect(code, questionOf(one)).toBe(one.label)
  })

  it('holds the ways people type a code', () => {
    const asked = examples.map(questionOf)
    for (const spelling of ['E-02', 'e-02', 'e2', 'E02', 'E 02', 'error 02', 'warning 10', 'w10'])
      expect(
        asked.some((question) => new RegExp(`(^|\\W)${spelling}(\\W|$)`).test(question)),
        spelling,
      ).toBe(true)
  })

  it('puts every device beside every code it puts it beside at all', () => {
    const codesBy = new Map<string, Set<string>>()
    for (const one of examples.filter(({ label }) => label !== 'declined'))
      for (const device of parseQuestion(questionOf(one), catalog).devices)
        codesBy.set(device, (codesBy.get(device) ?? new Set()).add(one.label))
    expect(codesBy.size).toBeGreaterThan(3)
    for (const [device, codes] of codesBy) expect(codes.size, device).toBe(catalog.codes.length)
  })

  it('declines unknown codes by name and other matters, and says nothing else about them', () => {
    const declined = examples.filter(({ label }) => label === 'declined')
    for (const one of declined) {
      const code = readDecline(answerOf(one))?.code ?? null
      const number = String(Number(code?.split('-')[1] ?? Number.NaN))
      expect(questionOf(one).includes(number), questionOf(one)).toBe(code !== null)
      for (const asked of parseQuestion(questionOf(one), catalog).codes) expect(asked).toBe(code)
      if (code) expect(catalog.find(code)).toBeNull()
      expect(parseAnswer(answerOf(one))).toBeNull()
    }
    expect(declined.filter((one) => readDecline(answerOf(one))?.code).length).toBeGreaterThan(20)
    expect(declined.filter((one) => !readDecline(answerOf(one))?.code).length).toBeGreaterThan(10)
  })

  it('asks in no wording that would tell known codes from unknown ones', () => {
    const ways = Map.groupBy(
      examples.filter(({ stratum }) => stratum === 'code'),
      (one) => one.case,
    )
    for (const [way, rows] of ways) expect(new Set(rows.map(({ label }) => label)).size, way).toBe(5)
  })

  it('answers "and if that does not help?" with the next step and no second command', () => {
    const next = examples.filter((one) => questionOf(one) === 'and if that does not help?')
    expect(next).toHaveLength(catalog.codes.length)
    const ofE02 = next.find(({ label }) => label === 'E-02')
    expect(parseAnswer(ofE02 ? answerOf(ofE02) : '')).toEqual({
      code: 'E-02',
      problem: 'Turbidity sensor occlusion',
      action: 'Check physical sensor for debris if error persists',
      command: null,
      fallback: null,
    })
  })

  it('is the same every time', () => {
    expect(assistantExamples(catalog)).toEqual(assistantExamples(catalog))
  })

  it('leaves out devices that another catalog would not take', () => {
    const other = createCatalog({ ...fileOf(catalog), devicePattern: '^PUMP-\\d+$' })
    const questions = assistantExamples(other).examples.map(questionOf)
    expect(questions.some((question) => question.includes('HC5000-'))).toBe(false)
    expect(questions).toContain('e2?')
  })
})

describe('what the log classifier learns', () => {
  it('is at least 200 different lines, all four categories about equally', () => {
    const { examples } = classifierExamples()
    expect(new Set(examples.map(questionOf)).size).toBeGreaterThanOrEqual(200)
    for (const category of CATEGORIES)
      expect(examples.filter(({ label }) => label === category).length).toBeGreaterThanOrEqual(50)
    for (const one of examples) {
      expect(one.messages[0]?.content).toBe(CLASSIFIER_PROMPT)
      expect(questionOf(one)).toMatch(/^Log: \S/)
      expect(answerOf(one)).toBe(one.label)
    }
  })

  it('keeps the pump with the low voltage for measuring', () => {
    const pump = classifierExamples().examples.find((one) => questionOf(one).includes('PUMP-7 has a reported voltage'))
    expect(pump?.side).toBe('heldOut')
    expect(pump?.label).toBe('Power')
  })
})

function fileOf({ version, product, codes, commands }: Catalog) {
  return { version, product, codes: [...codes], commands: { ...commands }, devicePattern: '' }
}

describe('the canonical answer', () => {
  it('is what every first-turn question about a code is answered with', () => {
    const first = examples.filter(
      ({ stratum, label }) => label !== 'declined' && (stratum === 'code' || stratum === 'symptom'),
    )
    for (const one of first) {
      const entry = catalog.find(one.label)
      expect(answerOf(one)).toBe(entry ? writeAnswer(statementOf(entry)) : '')
    }
  })
})
