import { describe, expect, it } from 'vitest'
import { statementFields } from '../../../src/slack/blocks/statement-fields.ts'
import { faultsAtBlocks, parseOpenForm } from '../../../src/slack/platform/form-payloads.ts'
import fc from '../../support/properties.ts'
import { catalog } from '../made-up.ts'

const SHOWN = { code: 'E-02', problem: 'Fog', action: 'Wipe it', command: 'CLEAN_TURB', fallback: null }
const blocks = statementFields(SHOWN, catalog, { problem: 'problem~2' })
const body = (over: object = {}) => ({
  type: 'view_closed',
  user: { id: 'U0TECH0001' },
  team: { id: 'T1' },
  view: { id: 'V1', callback_id: 'correction_form', private_metadata: 'ans_1', blocks, ...over },
})
const stateWith = (problem: string) => ({
  state: {
    values: {
      'problem~2': { 'field:problem': { type: 'plain_text_input', value: problem } },
      code: { 'field:code': { type: 'static_select', selected_option: { value: 'E-02' } } },
    },
  },
})

describe('an open form', () => {
  it('is read field by field, whatever its blocks are called now', () => {
    const form = parseOpenForm(body(stateWith('Dust'))) ?? expect.fail()
    expect(form).toMatchObject({ metadata: 'ans_1', values: { problem: 'Dust', code: 'E-02' }, isTouched: true })
    expect(faultsAtBlocks(form, { problem: 'no', note: 'too long', code: undefined })).toEqual({
      'problem~2': 'no',
      note: 'too long',
    })
  })

  it('is untouched while it says what we had filled in, and where Slack does not tell', () => {
    expect(parseOpenForm(body(stateWith('Fog')))?.isTouched).toBe(false)
    expect(parseOpenForm(body())).toMatchObject({ values: {}, isTouched: false })
    expect(parseOpenForm(body({ state: 'odd' }))).toMatchObject({ values: {}, isTouched: false })
  })

  it('is never a crash', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (whole, part) => {
        parseOpenForm(whole)
        parseOpenForm(body({ blocks: part, state: part }))
        parseOpenForm(body({ blocks: [part], state: { values: { a: { b: part } } } }))
      }),
      { numRuns: 200 },
    )
  })
})
