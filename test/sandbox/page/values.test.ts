import { describe, expect, it } from 'vitest'
import {
  changePayload,
  faultsOf,
  feedbackPayload,
  fieldsOf,
  overflowPayload,
  pressPayload,
  stateValues,
  touch,
} from '../../../src/sandbox/page/client/blocks/values.ts'
import type { Block } from '../../../src/sandbox/page/contract.ts'
import fc from '../../support/properties.ts'

const words = (text: string) => ({ type: 'plain_text', text })
const option = (value: string) => ({ text: words(value.toUpperCase()), value })
const input = (blockId: string, element: Record<string, unknown>, more: Record<string, unknown> = {}): Block => ({
  type: 'input',
  block_id: blockId,
  label: words(blockId),
  element: { action_id: 'a', ...element },
  ...more,
})

const FORM: readonly Block[] = [
  {
    type: 'section',
    block_id: 'head',
    text: words('x'),
    accessory: { type: 'static_select', action_id: 'pick', options: [option('a')] },
  },
  {
    type: 'actions',
    block_id: 'row',
    elements: [
      { type: 'button', action_id: 'go' },
      { type: 'datepicker', action_id: 'day', initial_date: '2026-11-22' },
    ],
  },
  input('text', { type: 'plain_text_input', initial_value: 'before', min_length: 3, max_length: 8 }),
  input('code', { type: 'static_select', options: [option('e'), option('w')] }),
  input('ticks', { type: 'checkboxes', options: [option('one')] }, { optional: true }),
  input('count', { type: 'number_input', min_value: '2', max_value: '9' }, { optional: true }),
]

describe('state values', () => {
  it('hold every field of the surface, touched or not, under its block and action', () => {
    const touched = touch({}, 'code', 'a', { type: 'static_select', selected_option: option('w') })
    expect(stateValues(FORM, touched)).toEqual({
      head: { pick: { type: 'static_select', selected_option: null } },
      row: { day: { type: 'datepicker', selected_date: '2026-11-22' } },
      text: { a: { type: 'plain_text_input', value: 'before' } },
      code: { a: { type: 'static_select', selected_option: option('w') } },
      ticks: { a: { type: 'checkboxes', selected_options: [] } },
      count: { a: { type: 'number_input', value: null } },
    })
  })

  it('drop what was typed when another kind of field takes the place', () => {
    const touched = touch({}, 'text', 'a', { type: 'static_select', selected_option: option('w') })
    expect(stateValues(FORM, touched).text).toEqual({ a: { type: 'plain_text_input', value: 'before' } })
  })

  it('accept any blocks', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.dictionary(fc.constantFrom('type', 'element', 'elements', 'accessory', 'block_id'), fc.jsonValue()),
        ),
        (blocks) => {
          stateValues(blocks as Block[], {})
          faultsOf(blocks as Block[], {})
        },
      ),
    )
  })

  it('give blocks and elements without ids stable ones', () => {
    const bare: Block[] = [{ type: 'input', element: { type: 'plain_text_input' } }]
    expect(fieldsOf(bare).map(({ blockId, actionId }) => [blockId, actionId])).toEqual([['block-0', 'action-0']])
  })
})

describe('faults', () => {
  it('name required fields that are empty, and only those', () => {
    expect(faultsOf(FORM, {})).toEqual({ code: 'Please complete this required field.' })
  })

  it.each([
    ['text', { type: 'plain_text_input', value: 'ab' }, 'Please enter at least 3 characters.'],
    ['text', { type: 'plain_text_input', value: 'abcdefghi' }, 'Please enter at most 8 characters.'],
    ['count', { type: 'number_input', value: 'many' }, 'Please enter a number.'],
    ['count', { type: 'number_input', value: '1' }, 'Please enter 2 or more.'],
    ['count', { type: 'number_input', value: '2.5' }, 'Please enter a whole number.'],
  ])('tell what is wrong with %s', (blockId, value, fault) => {
    expect(faultsOf(FORM, touch({}, blockId, 'a', value))[blockId]).toBe(fault)
  })
})

describe('action payloads', () => {
  it('of a button carry its words and value', () => {
    const element = { type: 'button', action_id: 'go', text: words('Go'), value: 'v1', confirm: {} }
    expect(pressPayload(element, 'row', 'go')).toEqual({
      type: 'button',
      action_id: 'go',
      block_id: 'row',
      text: words('Go'),
      value: 'v1',
    })
  })

  it('of feedback carry the pressed side', () => {
    const element = {
      positive_button: { text: words('Good'), value: 'up:1' },
      negative_button: { text: words('Bad'), value: 'down:1' },
    }
    expect(feedbackPayload(element, 'fb', 'vote', 'negative')).toEqual({
      type: 'feedback_buttons',
      action_id: 'vote',
      block_id: 'fb',
      text: words('Bad'),
      value: 'down:1',
    })
  })

  it('of menus carry the chosen option without its description', () => {
    const full = { ...option('a'), description: words('more'), url: 'https://a.example' }
    expect(overflowPayload('b', 'm', full)).toEqual({
      type: 'overflow',
      action_id: 'm',
      block_id: 'b',
      selected_option: option('a'),
    })
    expect(
      changePayload({ placeholder: words('p') }, 'b', 's', { type: 'static_select', selected_option: option('a') }),
    ).toEqual({
      type: 'static_select',
      action_id: 's',
      block_id: 'b',
      placeholder: words('p'),
      selected_option: option('a'),
    })
  })
})
