import type { VNode } from 'preact'
import { useId } from 'preact/hooks'
import { html, isChecked } from '../html.ts'
import { isRecord, recordsAt } from '../read.ts'
import type { ElementProps } from './element.ts'
import { fieldName, useChange } from './field-change.ts'
import { TextLine } from './text-object.ts'
import { isSelected, slackOption } from './values.ts'

/** Radio buttons and checkboxes. */
export function ChoicesElement(props: ElementProps): VNode {
  const { answer, change } = useChange(props)
  const name = useId()
  const { element } = props
  const isRadio = element.type === 'radio_buttons'
  const options = recordsAt(element, 'options')
  const onChange = (event: Event, at: number) => {
    const option = options[at]
    if (!option) return
    if (isRadio) return void change({ selected_option: slackOption(option) })
    const before = Array.isArray(answer) ? answer.filter(isRecord) : []
    const others = before.filter((each) => each.value !== option.value)
    change({ selected_options: isChecked(event) ? [...others, slackOption(option)] : others })
  }
  return html`<div class="choices" role=${isRadio ? 'radiogroup' : 'group'} aria-label=${fieldName(props, 'Choices')} aria-describedby=${props.describedBy}>
    ${options.map(
      (option, at) => html`<label class="choice">
        <input type=${isRadio ? 'radio' : 'checkbox'} name=${name} checked=${isSelected(answer, option)} onChange=${(event: Event) => onChange(event, at)} />
        <span class="option-words lines grow"><span><${TextLine} text=${option.text} /></span>${
          option.description !== undefined &&
          html`<span class="option-description"><${TextLine} text=${option.description} /></span>`
        }</span>
      </label>`,
    )}
  </div>`
}
