import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../src/catalog/loading.ts'
import { statementOf, writeAnswer } from '../../src/diagnosis/answer.ts'
import {
  createDiagnose,
  type DiagnoseDeps,
  type Diagnosis,
  diagnosisOf,
  type Question,
} from '../../src/diagnosis/diagnose.ts'
import { SYSTEM_PROMPT } from '../../src/diagnosis/prompt.ts'
import { MAX_QUESTION_CHARS } from '../../src/diagnosis/reading/plain-text.ts'
import { silent } from '../support/silent.ts'
import { fails, fakeModels, hangs, type Move, says } from './fake-models.ts'

const catalog = await loadCatalog()
const statement = (code: string) => statementOf(catalog.find(code) ?? expect.fail(`no ${code}`))
const E02 = writeAnswer(statement('E-02'))
const never = new AbortController().signal

function scene(moves: Record<string, readonly Move[]>, over: Partial<DiagnoseDeps> = {}) {
  const models = fakeModels(moves)
  const diagnose = createDiagnose({
    catalog,
    models,
    serving: async () => ({ model: 'active', strategy: 'fine-tuned', trial: null }),
    fallbackModel: null,
    budgetMs: 5_000,
    logger: silent,
    ...over,
  })
  const ask = (asked: string | Question, signal: AbortSignal = never): Promise<Diagnosis> =>
    diagnosisOf(diagnose(typeof asked === 'string' ? { text: asked } : asked, signal))
  return { models, diagnose, ask }
}

const readsQuestion: Move = async function* read({ messages }) {
  const code = /[A-Z]-\d\d/.exec(messages.at(-1)?.content ?? '')?.[0] ?? ''
  yield catalog.find(code) ? writeAnswer(statement(code)) : `I do not know the code ${code}.`
}

describe('a question', () => {
  it('is answered by the active model, and held against the catalog', async () => {
    const { ask } = scene({ active: [says(...E02)] })
    expect(await ask('HC5000-A-1138 shows e2')).toEqual({
      modelText: E02,
      source: 'model',
      model: 'active',
      strategy: 'fine-tuned',
      trial: null,
      findings: [
        {
          verdict: 'grounded',
          code: 'E-02',
          statement: statement('E-02'),
          typed: 'e2',
          step: 0,
          devices: ['HC5000-A-1138'],
        },
      ],
      proposed: [],
      smallTalk: null,
      openDevices: [],
      namedCodes: ['E-02'],
      devices: ['HC5000-A-1138'],
      latencyMs: expect.any(Number),
    })
  })

  it('is asked as the model was trained: system prompt, the thread’s last turns, the question', async () => {
    const { ask, models } = scene({ active: [says(E02)] })
    const turns = Array.from({ length: 6 }, (_, i) => ({ question: `q${i}`, answer: `a${i}` }))
    await ask({ text: 'E-02?', turns })
    const [{ messages } = { messages: [] }] = models.asked
    expect(messages[0]).toEqual({ role: 'system', content: SYSTEM_PROMPT })
    expect(messages.slice(1, -1).map(({ content }) => content)).toEqual([
      ...['q2', 'a2', 'q3', 'a3', 'q4', 'a4', 'q5', 'a5'],
    ])
    expect(messages.at(-1)).toEqual({ role: 'user', content: 'E-02?' })
  })

  it('of any length reaches the model cut', async () => {
    const { ask, models } = scene({ active: [says(E02)] })
    await ask(`E-02 ${'x'.repeat(40_000)}`)
    expect(models.asked[0]?.messages.at(-1)?.content).toHaveLength(MAX_QUESTION_CHARS)
  })

  it('comes back in parts: the text as it is written, closed by the one diagnosis', async () => {
    const { diagnose } = scene({ active: [says(E02.slice(0, 20), E02.slice(20))] })
    const parts = await Array.fromAsync(diagnose({ text: 'E-02' }, never))
    expect(parts.map(({ kind }) => kind)).toEqual(['text', 'text', 'diagnosis'])
  })

  it('shows nothing of a text as soon as it says what nobody approved', async () => {
    const { diagnose } = scene({ active: [says('Error Code E-02 ', "indicates a 'x'. Recommended Action: Wait.")] })
    const parts = await Array.fromAsync(diagnose({ text: 'E-02' }, never))
    expect(parts.map(({ kind }) => kind)).toEqual(['text', 'diagnosis'])
    expect(parts.at(-1)).toMatchObject({ diagnosis: { findings: [{ verdict: 'contradicted' }] } })
  })

  it('with an unknown code is answered with nothing, whatever the model makes up', async () => {
    const { ask } = scene({ active: [says(E02.replace('E-02', 'E-99'))] })
    expect((await ask('What is E-99?')).findings).toMatchObject([
      { verdict: 'unknown_code', code: 'E-99', statement: null },
    ])
    expect(catalog.nearest('E-99', 2)).toEqual(['E-01', 'E-02'])
  })

  it('without a code is answered by a proposal of what the catalog’s symptoms say', async () => {
    const { ask } = scene({ active: [says(E02)] })
    expect(await ask('the turbidity lens is dirty')).toMatchObject({ findings: [], proposed: ['E-02'] })
  })

  it.each(['did the cleaning 3 times, no luck', 'the thing beeps twice and then stops', 'write an email to my boss'])(
    'without a code or a symptom proposes nothing, whatever the model says: %s',
    async (text) => {
      const { ask } = scene({ active: [says(E02)] })
      expect(await ask(text)).toMatchObject({ proposed: [], findings: [{ verdict: 'unanswered', code: null }] })
    },
  )

  it('with reasoning in front is read without it', async () => {
    const { ask } = scene({ active: [says(`<think>Maybe E-05? Send REBOOT_COMM.</think>${E02}`)] })
    expect((await ask('E-02')).findings).toMatchObject([{ verdict: 'grounded', code: 'E-02' }])
  })

  it.each([
    ['nothing', ''],
    ['garbage', '}{"<<%% ]]'],
    ['HTML', '<html><body>Bad Gateway</body></html>'],
  ])('to which the model says %s is answered by the catalog', async (_, text) => {
    const { ask } = scene({ active: [says(text)] })
    expect(await ask('E-02')).toMatchObject({
      source: 'model',
      findings: [{ verdict: 'unanswered', code: 'E-02', statement: statement('E-02') }],
    })
  })
})

describe('several codes', () => {
  it('are asked one by one, and answered in their order', async () => {
    const { ask, models } = scene({ active: [readsQuestion] })
    const { findings, modelText } = await ask('w10 and e5 and E-02')
    expect(findings.map(({ verdict, code }) => [verdict, code])).toEqual([
      ['grounded', 'W-10'],
      ['grounded', 'E-05'],
      ['grounded', 'E-02'],
    ])
    expect(models.asked).toHaveLength(3)
    expect(modelText.split('\n')).toEqual(['W-10', 'E-05', 'E-02'].map((code) => writeAnswer(statement(code))))
  })

  it('share one failing without taking the others along', async () => {
    const failing: Move = (request, signal) =>
      (request.messages.at(-1)?.content.includes('E-05') ? fails('model_offline') : readsQuestion)(request, signal)
    const { ask } = scene({ active: [failing] })
    expect(await ask('E-02, E-05 and E-99')).toMatchObject({
      source: 'model',
      findings: [
        { verdict: 'grounded', code: 'E-02' },
        { verdict: 'unanswered', code: 'E-05', statement: statement('E-05') },
        { verdict: 'unknown_code', code: 'E-99' },
      ],
    })
  })

  it('are answered by the catalog when no model is there', async () => {
    const { ask } = scene({ active: [fails('model_offline')] })
    expect(await ask('E-02, E-05')).toMatchObject({
      source: 'catalog',
      model: null,
      findings: [{ statement: statement('E-02') }, { statement: statement('E-05') }],
    })
  })
})

describe('a model that fails', () => {
  it('in mid-answer is asked once more, from the beginning', async () => {
    const { ask, models } = scene({ active: [fails('model_garbled', 'Error Code E-'), says(E02)] })
    expect(await ask('E-02')).toMatchObject({ modelText: E02, source: 'model', findings: [{ verdict: 'grounded' }] })
    expect(models.asked).toHaveLength(2)
  })

  it.each(['model_offline', 'model_busy', 'model_missing', 'model_refused', 'model_rejected'] as const)(
    'with %s makes way for the one behind it',
    async (code) => {
      const { ask, models } = scene({ active: [fails(code)], behind: [says(E02)] }, { fallbackModel: 'behind' })
      expect(await ask('E-02')).toMatchObject({
        source: 'fallback_model',
        model: 'behind',
        findings: [{ verdict: 'grounded' }],
      })
      expect(models.asked.map(({ model }) => model)).toEqual(['active', 'behind'])
    },
  )

  it('twice in mid-answer makes way too', async () => {
    const { ask, models } = scene(
      { active: [fails('model_garbled', 'Err')], behind: [says(E02)] },
      { fallbackModel: 'behind' },
    )
    expect(await ask('E-02')).toMatchObject({ source: 'fallback_model', modelText: E02 })
    expect(models.asked.map(({ model }) => model)).toEqual(['active', 'active', 'behind'])
  })

  it('makes way in time when it only hangs', async () => {
    const { ask } = scene(
      { active: [hangs('Error Code')], behind: [says(E02)] },
      { fallbackModel: 'behind', budgetMs: 500 },
    )
    expect(await ask('E-02')).toMatchObject({ source: 'fallback_model', findings: [{ verdict: 'grounded' }] })
  })

  it('leaves it to the catalog when nobody stands behind it, and says so', async () => {
    const { ask } = scene(
      { active: [fails('model_offline')], behind: [fails('model_busy')] },
      { fallbackModel: 'behind' },
    )
    expect(await ask('E-02 on HC5000-A-1138')).toMatchObject({
      modelText: '',
      source: 'catalog',
      model: null,
      devices: ['HC5000-A-1138'],
      findings: [{ verdict: 'unanswered', code: 'E-02', statement: statement('E-02') }],
    })
  })

  it('leaves nothing to say of an unknown code, or of none', async () => {
    const { ask } = scene({ active: [fails('model_offline')] })
    expect(await ask('E-99')).toMatchObject({
      source: 'none',
      findings: [{ verdict: 'unknown_code', statement: null }],
    })
    expect(await ask('it is broken')).toMatchObject({
      source: 'none',
      findings: [{ verdict: 'unanswered', code: null, statement: null }],
    })
    expect(await ask('the lens is dirty')).toMatchObject({ source: 'none', proposed: ['E-02'] })
  })

  it('is not asked twice when it is itself the one behind', async () => {
    const { ask, models } = scene({ active: [fails('model_offline')] }, { fallbackModel: 'active' })
    expect(await ask('E-02')).toMatchObject({ source: 'catalog' })
    expect(models.asked).toHaveLength(1)
  })
})

describe('time', () => {
  it('is bounded: the catalog answers when the budget is used up', async () => {
    const { ask } = scene({ active: [hangs()] }, { budgetMs: 20 })
    expect(await ask('E-02')).toMatchObject({ source: 'catalog', findings: [{ statement: statement('E-02') }] })
    expect(await ask('E-02 and E-05')).toMatchObject({ source: 'catalog' })
  })

  it('is bounded for an answer that never ends', async () => {
    const { ask } = scene({ active: [hangs('Error ', 'Code ')] }, { budgetMs: 20 })
    expect(await ask('E-02')).toMatchObject({ source: 'catalog', modelText: '' })
  })

  it('ends at once when the caller calls it off', async () => {
    const caller = new AbortController()
    const { ask, models } = scene({ active: [hangs('Err')], behind: [says(E02)] }, { fallbackModel: 'behind' })
    const asking = ask('E-02', caller.signal)
    const why = new Error('shutting down')
    caller.abort(why)
    await expect(asking).rejects.toBe(why)
    expect(models.asked.map(({ model }) => model)).not.toContain('behind')
  })
})

it('hands on what is no fault of a model', async () => {
  const { ask } = scene({ active: [] }, { serving: () => Promise.reject(new Error('no database')) })
  await expect(ask('E-02')).rejects.toThrow('no database')
})
