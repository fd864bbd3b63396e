import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { newAdviceIn } from '../../../src/feedback/corrections/new-advice.ts'
import { alignmentOf, cautionFor } from '../../../src/feedback/corrections/teachability.ts'

const catalog = await loadCatalog()
const E02 = {
  kind: 'answer' as const,
  question: 'What does E-02 mean?',
  code: 'E-02',
  problem: 'Turbidity sensor occlusion',
  action: 'Trigger automated cleaning cycle',
  command: 'CLEAN_TURB',
  fallback: 'Check physical sensor for debris if error persists.',
  reason: 'unclear' as const,
}
const approvalsFor = (over: Partial<typeof E02>) => {
  const content = { ...E02, ...over }
  return cautionFor(content, alignmentOf(content, catalog), '').approvals_needed
}

describe('advice that the catalog says nowhere', () => {
  it.each([
    'Open the high-voltage cabinet and bypass the interlock',
    'Call 555-0100 and ask for Joe',
    'Trigger automated cleaning cycle, see https://example.com',
    'Reinige die Linse mit Alkohol',
    'Pour vinegar over the sensor',
  ])('takes two approvals: %s', (action) => {
    expect(newAdviceIn({ action, fallback: null }, catalog).length).toBeGreaterThan(0)
    expect(approvalsFor({ action })).toBe(2)
    expect(approvalsFor({ fallback: action })).toBe(2)
  })

  it.each([
    'Trigger automated cleaning cycle',
    'Start the automated cleaning cycle and wait ten minutes',
    'Run the cleaning cycle twice',
    'Please trigger the automatic cleaning of the turbidity sensor',
  ])('is not in another wording: %s', (action) => {
    expect(newAdviceIn({ action, fallback: null }, catalog)).toEqual([])
    expect(approvalsFor({ action })).toBe(1)
  })
})
