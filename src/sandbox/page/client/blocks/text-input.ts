import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { html, typedIn } from '../html.ts'
import { flagAt, numberAt, recordAt, stringAt, wordsOf } from '../read.ts'
import type { ElementProps } from './element.ts'
import { fieldName, useChange } from './field-change.ts'

const INPUT_TYPES: Readonly<Record<string, string>> = { email_text_input: 'email', url_text_input: 'url' }
/** The remaining characters are counted aloud only near the end. */
const COUNT_BELOW = 100

export function TextElement(props: ElementProps): VNode {
  const { element, fieldId, describedBy, isInvalid, isQuiet } = props
  const { answer, keep, send } = useChange(props)
  const field = useRef<HTMLInputElement & HTMLTextAreaElement>(null)
  useEffect(() => {
    if (flagAt(element, 'focus_on_load')) field.current?.focus()
  }, [])
  const text = typeof answer === 'string' ? answer : ''
  const triggers = recordAt(element, 'dispatch_action_config')?.trigger_actions_on
  const sendsEachCharacter = !isQuiet && Array.isArray(triggers) && triggers.includes('on_character_entered')
  const onInput = (event: Event) => {
    const value = typedIn(event) || null
    keep({ value })
    if (sendsEachCharacter) send({ value })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (isQuiet || event.key !== 'Enter' || event.isComposing || flagAt(element, 'multiline')) return
    event.preventDefault()
    send({ value: text || null })
  }
  const max = numberAt(element, 'max_length')
  const shared = {
    ref: field,
    id: fieldId,
    class: 'field',
    value: text,
    placeholder: wordsOf(element.placeholder),
    'aria-label': props.label === null ? fieldName(props, 'Text') : null,
    'aria-describedby': describedBy,
    'aria-invalid': isInvalid ? 'true' : null,
    autocomplete: 'off',
    onInput,
    onKeyDown,
  }
  const control = flagAt(element, 'multiline')
    ? html`<textarea rows="3" ...${shared}></textarea>`
    : html`<input type=${INPUT_TYPES[stringAt(element, 'type')] ?? 'text'}
        inputmode=${element.type === 'number_input' ? 'decimal' : null} ...${shared} />`
  const left = max === null ? null : max - text.length
  return html`<div class="text-frame">${control}${
    left !== null &&
    left < COUNT_BELOW &&
    html`<span class=${`text-left soft text-xs${left < 0 ? ' is-over' : ''}`}>${left}</span>`
  }</div>`
}
