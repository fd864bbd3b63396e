import { describe, expect, it, vi } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { REVIEW_WORDS } from '../../../src/feedback/labels.ts'
import { EXPORT_FORMATS } from '../../../src/formats/writing.ts'
import { exportView } from '../../../src/slack/exports/export-form.ts'
import { EXPORT_FIELDS, parseExportRequest, readExportText } from '../../../src/slack/exports/export-request.ts'
import { openProgressMessage } from '../../../src/slack/exports/progress-note.ts'
import { WORDS } from '../../../src/slack/exports/words.ts'
import { hostileText } from '../../support/hostile.ts'
import fc from '../../support/properties.ts'
import { NOON } from '../../support/rows.ts'
import { silent } from '../../support/silent.ts'
import { faultsOfView, foreignTokens } from '../../support/slack-limits.ts'

const ASKED = { user: 'U0REVW0001', catalog: await loadCatalog(), now: NOON }
const read = (text: string) => {
  const typed = readExportText(text)
  if (!typed.ok) return typed.words
  if ('again' in typed.fields) return typed.fields
  const wish = parseExportRequest(typed.fields, ASKED)
  return wish.ok ? wish.wish : wish.faults
}

describe('what follows /hydrocore export', () => {
  it.each([
    ['', { format: 'openai-sft', kind: 'answer', filter: {} }],
    ['code:e02', { format: 'openai-sft', kind: 'answer', filter: { code: 'E-02' } }],
    ['code:X9', { format: 'openai-sft', kind: 'answer', filter: { code: 'X9' } }],
    ['TRL-DPO', { format: 'trl-dpo', kind: 'answer', filter: {} }],
    ['format:vertex new', { format: 'vertex', kind: 'answer', filter: { neverExported: true } }],
    [
      'new since:2026-11-01 code:e-02 reason:Wrong_Action reviewer:me sharegpt',
      {
        format: 'sharegpt',
        kind: 'answer',
        filter: {
          since: Date.UTC(2026, 10, 1),
          code: 'E-02',
          reviewer: 'U0REVW0001',
          reason: 'wrong_action',
          neverExported: true,
        },
      },
    ],
    ['since:12h', { format: 'openai-sft', kind: 'answer', filter: { since: NOON - 12 * 3_600_000 } }],
    ['reviewer:<@U0OTHER001|ruth>', { filter: { reviewer: 'U0OTHER001' } }],
    ['reviewer:terminal:ops', { filter: { reviewer: 'terminal:ops' } }],
    ['kind:log code:sensor-fault', { kind: 'log', filter: { code: 'Sensor_Fault' } }],
    ['trl-kto code:E-01', { format: 'trl-kto', filter: { code: 'E-01' } }],
    ['exp_01kb0000000000000abc', { again: 'exp_01kb0000000000000abc' }],
  ])('is understood: %s', (text, expected) => {
    expect(read(text)).toMatchObject(expected)
  })

  it.each([
    ['jsonl', { format: expect.stringContaining('I do not know that format. Use openai-sft') }],
    ['since:yesterday', { since: WORDS.exportSince }],
    ['since:2026-13-45', { since: WORDS.exportSince }],
    ['reviewer:ruth', { reviewer: WORDS.exportReviewer }],
    ['kind:weather', { kind: 'There are two kinds: answer or log.' }],
    ['kind:log code:E-02', { code: REVIEW_WORDS.exportCategory }],
    ['reason:whatever', { reason: expect.stringContaining('wrong_action') }],
    ['trl-kto kind:log', { format: expect.stringContaining('Log lines have no votes') }],
    ['trl-kto reviewer:me', { format: expect.stringContaining('no reviewer') }],
    ['sinse:30d', expect.stringContaining('I do not understand `sinse:30d`')],
    ['since:', expect.stringContaining(WORDS.exportUsage)],
    ['openai-sft trl-sft', expect.stringContaining('I do not understand `trl-sft`')],
    ['x:<!channel>', expect.not.stringContaining('<!channel>')],
  ])('is refused in words: %s', (text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  it('is never too odd to be answered', () => {
    fc.assert(
      fc.property(fc.oneof(hostileText(6), fc.mixedCase(fc.constantFrom(...EXPORT_FORMATS, 'new'))), (text) => {
        const answer = read(text)
        if (typeof answer === 'string') expect(foreignTokens({ answer })).toEqual([])
      }),
      { numRuns: 200 },
    )
    fc.assert(
      fc.property(fc.record(Object.fromEntries(EXPORT_FIELDS.map((name) => [name, hostileText(3)]))), (fields) => {
        expect(parseExportRequest(fields, ASKED)).toHaveProperty('ok')
      }),
      { numRuns: 100 },
    )
  })

  it('can be chosen in a form that Slack takes', () => {
    expect(faultsOfView(exportView())).toEqual([])
  })
})

describe('the progress of long work', () => {
  const open = () => {
    const said: string[] = []
    const posting = {
      chat: {
        postMessage: async ({ text }: { text: string }) => {
          said.push(`+ ${text}`)
          return { ts: '1.1' }
        },
        update: async ({ text }: { text: string }) => void said.push(`= ${text}`),
        delete: async () => void said.push('-'),
      },
    } as unknown as Parameters<typeof openProgressMessage>[0]
    return { said, note: openProgressMessage(posting, { channel: 'D1', logger: silent }) }
  }

  it('is said now and then in one message, which goes at the end', async () => {
    vi.useFakeTimers()
    try {
      const { said, note } = open()
      note.show('1')
      note.show('2')
      await vi.advanceTimersByTimeAsync(3_000)
      await vi.advanceTimersByTimeAsync(6_000)
      note.show('3')
      await vi.advanceTimersByTimeAsync(3_000)
      note.show('4')
      await note[Symbol.asyncDispose]()
      await vi.advanceTimersByTimeAsync(9_000)
      expect(said).toEqual(['+ 2', '= 3', '-'])
    } finally {
      vi.useRealTimers()
    }
  })

  it('of work that is soon done is not said at all', async () => {
    const { said, note } = open()
    note.show('1')
    await note[Symbol.asyncDispose]()
    expect(said).toEqual([])
  })
})
