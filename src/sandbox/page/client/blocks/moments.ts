import type { VNode } from 'preact'
import { html, typedIn } from '../html.ts'
import { stringAt } from '../read.ts'
import type { ElementProps } from './element.ts'
import { fieldName, useChange } from './field-change.ts'

const KINDS: Readonly<Record<string, { input: string; name: string }>> = {
  datepicker: { input: 'date', name: 'Date' },
  timepicker: { input: 'time', name: 'Time' },
  datetimepicker: { input: 'datetime-local', name: 'Date and time' },
}

/** Date, time, or both: the browser's own fields, which every device draws in its best way. */
export function MomentElement(props: ElementProps): VNode | null {
  const { answer, change } = useChange(props)
  const kind = KINDS[stringAt(props.element, 'type')]
  if (!kind) return null
  const onChange = (event: Event) => {
    const typed = typedIn(event) || null
    if (kind.input === 'date') change({ selected_date: typed })
    else if (kind.input === 'time') change({ selected_time: typed })
    else change({ selected_date_time: typed === null ? null : Math.floor(new Date(typed).getTime() / 1000) })
  }
  return html`<input type=${kind.input} class="field is-moment" id=${props.fieldId} value=${shownValue(answer)}
    aria-label=${props.label === null ? fieldName(props, kind.name) : null} aria-describedby=${props.describedBy}
    aria-invalid=${props.isInvalid ? 'true' : null} onChange=${onChange} />`
}

function shownValue(answer: unknown): string {
  if (typeof answer === 'string') return answer
  if (typeof answer !== 'number') return ''
  const local = new Date((answer - new Date(answer * 1000).getTimezoneOffset() * 60) * 1000)
  return Number.isNaN(local.getTime()) ? '' : local.toISOString().slice(0, 16)
}
