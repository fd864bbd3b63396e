import { describe, expect, it } from 'vitest'
import { createCatalog } from '../../src/catalog/catalog.ts'
import { loadCatalog } from '../../src/catalog/loading.ts'
import type { CodeEntry } from '../../src/catalog/schema.ts'
import { statementOf, writeAnswer } from '../../src/diagnosis/answer.ts'
import { createDiagnose, diagnosisOf } from '../../src/diagnosis/diagnose.ts'
import { openaiModels } from '../../src/diagnosis/model/chat-stream.ts'
import { buildPrompt, SYSTEM_PROMPT } from '../../src/diagnosis/prompt.ts'
import { createPromptBuilder, type Strategy } from '../../src/diagnosis/strategies.ts'
import { startModelServer } from '../../src/sandbox/model-server/start.ts'
import { silent } from '../support/silent.ts'

const catalog = await loadCatalog()
const phrase = createPromptBuilder(catalog)
const fact = (code: string) => writeAnswer(statementOf(catalog.find(code) ?? expect.fail(`no ${code}`)))
const systemOf = (question: string, turns: Parameters<typeof buildPrompt>[1] = [], phrasing = phrase) =>
  phrasing('grounded', buildPrompt(question, turns))[0]?.content ?? ''

describe('a fine-tuned and a base model', () => {
  it.each<Strategy>(['fine-tuned', 'base'])('are asked as models are trained: %s', (strategy) => {
    const plain = buildPrompt('E-02?', [{ question: 'e1', answer: 'a' }])
    expect(phrase(strategy, plain)).toEqual(plain)
  })
})

describe('a base model with the catalog in its prompt', () => {
  it('reads the facts of the codes that are asked about, and which codes there are', () => {
    const system = systemOf('HC5000-A-1138 shows e2 and w10')
    expect(system.startsWith(SYSTEM_PROMPT)).toBe(true)
    expect(system).toContain(fact('E-02'))
    expect(system).toContain(fact('W-10'))
    expect(system).not.toContain(fact('E-01'))
    for (const { code } of catalog.codes) expect(system).toContain(code)
  })

  it('keeps everything else of the prompt', () => {
    const plain = buildPrompt('and then?', [{ question: 'E-02?', answer: 'Clean it.' }])
    expect(phrase('grounded', plain).slice(1)).toEqual(plain.slice(1))
    const [, ...withoutSystem] = plain
    expect(phrase('grounded', withoutSystem).slice(1)).toEqual(withoutSystem)
  })

  it('reads what a follow-up is about in the questions before it', () => {
    const system = systemOf('and if that does not help?', [{ question: 'what is E-02', answer: 'Clean it.' }])
    expect(system).toContain(fact('E-02'))
    expect(system).not.toContain(fact('E-01'))
  })

  it('reads the codes that a symptom may belong to, and with neither the whole of a small catalog', () => {
    const cloudy = systemOf('the reading is cloudy since the storm')
    expect(cloudy).toContain(fact('E-02'))
    expect(cloudy).not.toContain(fact('W-10'))
    const all = systemOf('something is odd')
    for (const { code } of catalog.codes) expect(all).toContain(fact(code))
    expect(systemOf('E-02')).not.toContain('cloudy')
  })

  it('reads no fact for a code that is not there', () => {
    expect(systemOf('E-99?')).not.toContain('Facts:')
  })

  it('reads little of a large catalog', () => {
    const [entry = expect.fail('no codes')] = catalog.codes
    const codes = Array.from(
      { length: 3_000 },
      (_, i): CodeEntry => ({ ...entry, code: `E-${1_000 + i}`, symptoms: [] }),
    )
    const file = { version: '1', product: 'x', devicePattern: 'x', commands: { ...catalog.commands }, codes }
    const phrasing = createPromptBuilder(createCatalog(file))
    for (const question of ['hello there', 'E-1002', 'E-1001 E-1002 E-1003 E-1004', 'the reading is cloudy'])
      expect(systemOf(question, [], phrasing).length).toBeLessThan(9_500)
  })

  it('answers rightly where the same model alone does not know', async () => {
    const baseModel = 'generalist-small'
    await using server = await startModelServer({ baseModels: [baseModel] })
    const models = openaiModels({ baseUrl: server.url, apiKey: server.apiKey, timeoutMs: 5_000, retries: 0 })
    const ask = (strategy: Strategy, text: string) =>
      diagnosisOf(
        createDiagnose({
          catalog,
          models,
          serving: async () => ({ model: baseModel, strategy, trial: null }),
          fallbackModel: null,
          budgetMs: 5_000,
          logger: silent,
        })({ text }, AbortSignal.timeout(5_000)),
      )
    for (const { code } of catalog.codes) {
      const question = `What does ${code} mean?`
      const found = await ask('grounded', question)
      expect(found).toMatchObject({ strategy: 'grounded', source: 'model', findings: [{ verdict: 'grounded', code }] })
      expect(await ask('base', question)).toMatchObject({ strategy: 'base', findings: [{ verdict: 'unanswered' }] })
    }
  })
})
