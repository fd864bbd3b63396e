import { describe, expect, it } from 'vitest'
import { type RetirementFacts, retirementOf, retiringWithin } from '../../../src/training/jobs/retirement.ts'

const NOVEMBER = new Date('2026-11-22T21:00:00Z')
const AZURE = 'https://acme.openai.azure.com/openai/v1/'

describe('the last day of a model', () => {
  const known: [string, RetirementFacts, string | null][] = [
    ['a base model', { model: 'gpt-4.1-mini' }, '2027-01-14'],
    ['its snapshot', { model: 'gpt-4.1-mini-2025-04-14' }, '2027-01-14'],
    ['a snapshot that goes before its family', { model: 'gpt-4o-2024-05-13' }, '2026-10-23'],
    ['a snapshot with a short date', { model: 'gpt-3.5-turbo-0125' }, '2026-10-23'],
    ['what was trained on it', { model: 'ft:gpt-4o-mini-2024-07-18:acme:hydro:abc' }, '2027-01-14'],
    ['a checkpoint of that', { model: 'ft:gpt-4o-mini-2024-07-18:acme::abc:ckpt-step-90' }, '2027-01-14'],
    ['a name that says nothing, trained on it', { model: 'hydro-7', baseModel: 'gpt-4.1' }, '2027-01-14'],
    ['what was trained on a fine-tuned one', { model: 'hydro-7', baseModel: 'ft:gpt-4.1:acme::x' }, '2027-01-14'],
    ['the same behind a gateway', { model: 'openai/gpt-4o-mini' }, '2027-01-14'],
    ['a fine-tuned one of which the server says none', { model: 'ft:gpt-4.1:a::b', shutdownDate: null }, '2027-01-14'],
    ['a base model of which the server says none', { model: 'gpt-4.1', shutdownDate: null }, null],
    ['a base model that is its own base', { model: 'gpt-4.1', baseModel: 'gpt-4.1', shutdownDate: null }, null],
    ['the server’s own word', { model: 'gpt-4.1', shutdownDate: '2027-03-01' }, '2027-03-01'],
    ['the server’s own word with a time', { model: 'x', shutdownDate: '2027-03-01T00:00:00Z' }, '2027-03-01'],
    ['a word that is no day', { model: 'gpt-4.1', shutdownDate: 'wake' }, '2027-01-14'],
    ['a model nobody spoke of', { model: 'generalist-small' }, null],
    ['one that only begins like another', { model: 'gpt-4.1-miniature' }, null],
    ['a base model at Azure', { model: 'gpt-4o-2024-08-06', baseUrl: AZURE }, '2026-10-01'],
    ['what was trained on it there', { model: 'my-deployment', baseModel: 'gpt-4o', baseUrl: AZURE }, '2027-10-01'],
    ['what Azure says nothing of', { model: 'o3', baseUrl: AZURE }, null],
    ['an address that is none', { model: 'o3', baseUrl: 'nowhere' }, '2026-12-11'],
  ]
  it.each(known)('of %s', (_, model, day) => {
    expect(retirementOf(model)?.retiresOn ?? null).toBe(day)
  })

  it('comes with who says so', () => {
    expect(retirementOf({ model: 'gpt-4.1' })?.source).toMatch(/^OpenAI, https:.* read on 2026-11-22$/)
    expect(retirementOf({ model: 'x', shutdownDate: '2027-03-01' })?.source).toBe('the model server')
  })
})

describe('models that retire soon', () => {
  it('are told in the order of their end, those already gone too', () => {
    const models = ['gpt-5.1', 'gpt-4.1', 'gpt-4', 'llama', 'o3'].map((model) => ({ model }))
    expect(retiringWithin(60, models, NOVEMBER).map(({ model, daysLeft }) => [model, daysLeft])).toEqual([
      ['gpt-4', -30],
      ['o3', 19],
      ['gpt-4.1', 53],
    ])
    expect(retiringWithin(53, [{ model: 'gpt-4.1' }], NOVEMBER)).toHaveLength(1)
    expect(retiringWithin(52, [{ model: 'gpt-4.1' }], NOVEMBER)).toEqual([])
  })
})
