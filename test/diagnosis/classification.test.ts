import { describe, expect, it } from 'vitest'
import { createClassify, readCategory } from '../../src/diagnosis/classification.ts'
import { CATEGORIES, CLASSIFIER_PROMPT } from '../../src/diagnosis/prompt.ts'
import { hostileText } from '../support/hostile.ts'
import fc from '../support/properties.ts'
import { fails, fakeModels, says } from './fake-models.ts'

const never = new AbortController().signal

describe('a category', () => {
  it.each([
    ['Connectivity', 'Connectivity'],
    ['sensor_fault', 'Sensor_Fault'],
    ['Sensor Fault', 'Sensor_Fault'],
    ['Sensor-fault.', 'Sensor_Fault'],
    [' **Power**\n', 'Power'],
    ['Category: Security', 'Security'],
  ])('is read from %s', (text, category) => {
    expect(readCategory(text)).toBe(category)
  })

  it.each(['', 'none of these', 'Power or Connectivity', '[Connectivity, Power, Sensor_Fault, Security]', '{"<<'])(
    'is not read from %s',
    (text) => {
      expect(readCategory(text)).toBeNull()
    },
  )

  it('is one of the four or none, whatever the model says', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        expect([...CATEGORIES, null]).toContain(readCategory(text))
      }),
    )
  })
})

describe('sorting a log line', () => {
  it('asks the active model as it was trained', async () => {
    const models = fakeModels({ sorter: [says('Pow', 'er')] })
    const classify = createClassify({ models, activeModel: async () => 'sorter' })
    expect(await classify('Battery level on SENSOR-112 is at 4%.', never)).toEqual({
      category: 'Power',
      model: 'sorter',
    })
    expect(models.asked[0]?.messages).toEqual([
      { role: 'system', content: CLASSIFIER_PROMPT },
      { role: 'user', content: 'Log: Battery level on SENSOR-112 is at 4%.' },
    ])
  })

  it('cuts a line of any length', async () => {
    const models = fakeModels({ sorter: [says('Power')] })
    await createClassify({ models, activeModel: async () => 'sorter' })('x'.repeat(100_000), never)
    expect(models.asked[0]?.messages.at(-1)?.content.length).toBeLessThan(2_100)
  })

  it('hands a fault of the model on', async () => {
    const models = fakeModels({ sorter: [fails('model_busy')] })
    const classify = createClassify({ models, activeModel: async () => 'sorter' })
    await expect(classify('x', never)).rejects.toMatchObject({ code: 'model_busy' })
  })
})
