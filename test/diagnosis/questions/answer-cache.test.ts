import { Keyv } from 'keyv'
import { describe, expect, it } from 'vitest'
import { createCatalog } from '../../../src/catalog/catalog.ts'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { statementOf, writeAnswer } from '../../../src/diagnosis/answer.ts'
import { createDiagnose, diagnosisOf } from '../../../src/diagnosis/diagnose.ts'
import type { Turn } from '../../../src/diagnosis/prompt.ts'
import { createAnswerCache } from '../../../src/diagnosis/questions/answer-cache.ts'
import type { Strategy } from '../../../src/diagnosis/strategies.ts'
import { silent } from '../../support/silent.ts'
import { fails, fakeModels, type Move, says } from '../fake-models.ts'

const catalog = await loadCatalog()
const E02 = writeAnswer(statementOf(catalog.find('E-02') ?? expect.fail()))
const never = new AbortController().signal

function scene(moves: readonly Move[], kept: Keyv<unknown> = new Keyv<unknown>()) {
  const models = fakeModels({ first: moves, second: moves })
  let active = 'first'
  let strategy: Strategy = 'fine-tuned'
  const serving = async () => ({ model: active, strategy, trial: null })
  const open = (facts = catalog) => {
    const cache = createAnswerCache({ catalog: facts, kept })
    const diagnose = createDiagnose({
      catalog: facts,
      models,
      serving,
      fallbackModel: null,
      budgetMs: 5_000,
      logger: silent,
      cache,
    })
    return {
      ...cache,
      ask: (text: string, turns: readonly Turn[] = []) => diagnosisOf(diagnose({ text, turns }, never)),
    }
  }
  return {
    ...open(),
    open,
    calls: () => models.asked.length,
    promote: (model: string) => {
      active = model
    },
    serve: (as: Strategy) => {
      strategy = as
    },
  }
}

describe('the same question', () => {
  it('to the same model is answered at once, with its own device', async () => {
    const { ask, calls } = scene([says(E02)])
    const first = await ask('E-02 on HC5000-A-1138?')
    expect(first).toMatchObject({ source: 'model', devices: ['HC5000-A-1138'] })
    const second = await ask('  e-02 ON hc5000-b-2201!')
    expect(second).toMatchObject({ source: 'cache', devices: ['HC5000-B-2201'], model: 'first' })
    expect(second.findings.map(({ statement }) => statement)).toEqual(first.findings.map(({ statement }) => statement))
    expect(calls()).toBe(1)
  })

  it('is asked anew of another model, or with another catalog', async () => {
    const { ask, calls, promote, serve, open } = scene([says(E02)])
    await ask('E-02')
    serve('grounded')
    expect(await ask('E-02')).toMatchObject({ source: 'model', strategy: 'grounded' })
    serve('fine-tuned')
    promote('second')
    expect(await ask('E-02')).toMatchObject({ source: 'model', model: 'second' })
    const newer = createCatalog({
      ...catalog,
      commands: { ...catalog.commands },
      codes: [...catalog.codes],
      version: '2027',
      devicePattern: 'x',
    })
    expect(await open(newer).ask('E-02')).toMatchObject({ source: 'model' })
    expect(calls()).toBe(4)
  })

  it('of a thread in the other arm of a trial is asked of that arm’s model, and each arm remembers its own', async () => {
    const models = fakeModels({ old: [says(E02)], tried: [says(E02)] })
    const serving = async (thread: string | null) => {
      const arm = thread === 'T1/C1/2' ? ('canary' as const) : ('live' as const)
      const model = arm === 'canary' ? 'tried' : 'old'
      return { model, strategy: 'fine-tuned' as const, trial: { canary: 'can_1', arm } }
    }
    const cache = createAnswerCache({ catalog, kept: new Keyv<unknown>() })
    const diagnose = createDiagnose({
      catalog,
      models,
      serving,
      fallbackModel: null,
      budgetMs: 5_000,
      logger: silent,
      cache,
    })
    const ask = (thread: string) => diagnosisOf(diagnose({ text: 'E-02', thread }, never))
    expect(await ask('T1/C1/1')).toMatchObject({ source: 'model', model: 'old', trial: { arm: 'live' } })
    expect(await ask('T1/C1/2')).toMatchObject({ source: 'model', model: 'tried', trial: { arm: 'canary' } })
    expect(await ask('T1/C1/1')).toMatchObject({ source: 'cache', model: 'old', trial: { arm: 'live' } })
    expect(await ask('T1/C1/2')).toMatchObject({ source: 'cache', model: 'tried', trial: { arm: 'canary' } })
  })

  it('is asked anew after a thumb went down', async () => {
    const { ask, forget } = scene([says(E02)])
    await ask('E-02 on HC5000-A-1138')
    await forget({ question_text: 'E-02 on HC5000-A-1042', model: 'first', strategy: 'fine-tuned' })
    expect(await ask('E-02 on HC5000-A-1138')).toMatchObject({ source: 'model' })
    await forget({ question_text: 'E-02', model: null, strategy: null })
  })
})

describe('kept is no answer', () => {
  it.each([
    ['that contradicted the catalog', [says(E02.replace('Turbidity', 'Humidity'))], 'E-02'],
    ['that was garbage', [says('}{')], 'E-02'],
    ['of the catalog alone', [fails('model_offline')], 'E-02'],
    ['to several codes', [says(E02)], 'E-02 and E-05'],
    ['to an unknown code', [says(E02)], 'E-99'],
    ['to a question without a code', [says(E02)], 'the lens is dirty'],
  ] as const)('%s', async (_, moves, question) => {
    const { ask } = scene(moves)
    await ask(question)
    expect((await ask(question)).source).not.toBe('cache')
  })

  it('to a follow-up, whose meaning lies in its thread', async () => {
    const { ask } = scene([says(E02)])
    await ask('E-02')
    expect(await ask('E-02', [{ question: 'q', answer: 'a' }])).toMatchObject({ source: 'model' })
  })
})

it('what is kept is checked again, whoever wrote it', async () => {
  const kept = new Keyv<unknown>()
  const { ask } = scene([says(E02)], kept)
  await ask('E-02')
  for await (const [key] of kept.iterator?.() ?? [])
    await kept.set(key, { modelText: 'Send REBOOT_COMM', model: 'first' })
  expect(await ask('E-02')).toMatchObject({ findings: [{ statement: { command: 'CLEAN_TURB' } }] })
})

it('a cache that fails costs a call to the model, not the answer', async () => {
  const broken = new Keyv<unknown>()
  broken.get = () => Promise.reject(new Error('no database'))
  broken.set = () => Promise.reject(new Error('no database'))
  expect(await scene([says(E02)], broken).ask('E-02')).toMatchObject({ source: 'model' })
})
