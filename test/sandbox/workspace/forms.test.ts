import { describe, expect, it } from 'vitest'
import type { Block } from '../../../src/sandbox/page/contract.ts'
import { actionOf } from '../../../src/sandbox/workspace/people/actions.ts'
import { formErrors, stateOf } from '../../../src/sandbox/workspace/people/form-state.ts'
import fc from '../../support/properties.ts'

const input = (element: object, extra: object = {}): Block => ({
  type: 'input',
  block_id: 'b',
  element: { action_id: 'a', ...element },
  ...extra,
})
const options = ['one', 'two'].map((value) => ({ text: { type: 'plain_text', text: value }, value }))
const answered = (element: { type: string }, answer: object, extra: object = {}) => {
  const blocks = [input(element, extra)]
  return formErrors(blocks, stateOf(blocks, { b: { a: { type: element.type, ...answer } } })).b ?? null
}

describe('a form', () => {
  it('begins with the initial values, and keeps what was typed instead', () => {
    const blocks = [
      input({ type: 'plain_text_input', initial_value: 'first' }),
      input({ type: 'static_select', options, initial_option: options[0] }, { block_id: 'c' }),
      input({ type: 'checkboxes', options }, { block_id: 'd' }),
      { type: 'actions', block_id: 'e', elements: [{ type: 'datepicker', action_id: 'when' }] },
    ]
    expect(stateOf(blocks, {})).toEqual({
      b: { a: { type: 'plain_text_input', value: 'first' } },
      c: { a: { type: 'static_select', selected_option: options[0] } },
      d: { a: { type: 'checkboxes', selected_options: [] } },
      e: { when: { type: 'datepicker', selected_date: null } },
    })
    const typed = { b: { a: { type: 'plain_text_input', value: '' } }, x: { y: { type: 'odd' } } }
    expect(stateOf(blocks, typed).b).toEqual({ a: { type: 'plain_text_input', value: null } })
    expect(stateOf(blocks, typed)).not.toHaveProperty('x')
    expect(stateOf(blocks, { b: { a: { type: 'checkboxes', value: 'wrong kind' } } }).b?.a?.value).toBe('first')
  })

  it.each([
    [{ type: 'plain_text_input' }, { value: '' }, 'required'],
    [{ type: 'plain_text_input', min_length: 3 }, { value: 'ab' }, 'at least 3'],
    [{ type: 'plain_text_input', max_length: 3 }, { value: 'abcd' }, 'no more than 3'],
    [{ type: 'plain_text_input' }, { value: 'x'.repeat(3_001) }, 'no more than 3000'],
    [{ type: 'email_text_input' }, { value: 'nobody' }, 'email'],
    [{ type: 'url_text_input' }, { value: 'nowhere' }, 'URL'],
    [{ type: 'number_input', is_decimal_allowed: false }, { value: '1.5' }, 'whole'],
    [{ type: 'number_input', is_decimal_allowed: true }, { value: 'many' }, 'number'],
    [{ type: 'number_input', is_decimal_allowed: true, min_value: '2' }, { value: '1' }, 'at least 2'],
    [{ type: 'number_input', is_decimal_allowed: true, max_value: '2' }, { value: '3' }, 'at most 2'],
    [{ type: 'checkboxes', options }, { selected_options: [] }, 'required'],
  ])('refuses %j with %j', (element, answer, words) => {
    expect(answered(element, answer)).toContain(words)
  })

  it.each([
    [{ type: 'plain_text_input', min_length: 3, max_length: 3 }, { value: 'abc' }],
    [{ type: 'email_text_input' }, { value: 'tessa@hydrocore.example' }],
    [{ type: 'url_text_input' }, { value: 'https://hydrocore.example' }],
    [{ type: 'number_input', is_decimal_allowed: true, min_value: '1', max_value: '2' }, { value: '1.5' }],
    [{ type: 'checkboxes', options }, { selected_options: options }],
  ])('takes %j with %j', (element, answer) => {
    expect(answered(element, answer)).toBeNull()
  })

  it('lets an optional field be empty', () => {
    expect(answered({ type: 'plain_text_input' }, { value: '' }, { optional: true })).toBeNull()
  })

  it('and a click never fail on whatever a page sends', () => {
    const blocks = [
      input({ type: 'static_select', options }),
      { type: 'actions', block_id: 'e', elements: [{ type: 'button', action_id: 'go', value: 'real' }] },
    ]
    const name = fc.constantFrom('a', 'b', 'e', 'go', '__proto__')
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('type', 'action_id', 'block_id', 'value', 'selected_option'),
          fc.oneof(name, fc.anything()),
        ),
        (done) => {
          const action = actionOf(blocks, done)
          if (action?.type === 'button') expect(action.value).toBe('real')
          if (action?.type === 'static_select') expect(options).toContainEqual(action.selected_option)
        },
      ),
    )
    fc.assert(
      fc.property(fc.dictionary(name, fc.dictionary(name, fc.record({ type: fc.string() }))), (values) => {
        formErrors(blocks, stateOf(blocks, values))
      }),
    )
  })
})
