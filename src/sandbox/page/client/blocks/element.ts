import type { VNode } from 'preact'
import { html } from '../html.ts'
import { type Loose, stringAt } from '../read.ts'
import { ButtonElement, FeedbackElement, IconButtonElement, OverflowElement } from './buttons.ts'
import { ChoicesElement } from './choices.ts'
import { Picture } from './image.ts'
import { MomentElement } from './moments.ts'
import { SelectElement } from './selects.ts'
import { TextElement } from './text-input.ts'

export type ElementProps = {
  element: Loose
  blockId: string
  actionId: string
  /** The words of the input block around it; null in sections and actions. */
  label: string | null
  fieldId?: string
  describedBy?: string | null
  isInvalid?: boolean
  isOptional?: boolean
  /** Inside an input block without `dispatch_action`: a change is kept, and not sent. */
  isQuiet?: boolean
}

export function Element(props: ElementProps): VNode {
  switch (stringAt(props.element, 'type')) {
    case 'button':
      return html`<${ButtonElement} ...${props} />`
    case 'icon_button':
      return html`<${IconButtonElement} ...${props} />`
    case 'feedback_buttons':
      return html`<${FeedbackElement} ...${props} />`
    case 'overflow':
      return html`<${OverflowElement} ...${props} />`
    case 'static_select':
    case 'multi_static_select':
    case 'external_select':
    case 'multi_external_select':
    case 'users_select':
    case 'multi_users_select':
    case 'channels_select':
    case 'conversations_select':
      return html`<${SelectElement} ...${props} />`
    case 'datepicker':
    case 'timepicker':
    case 'datetimepicker':
      return html`<${MomentElement} ...${props} />`
    case 'radio_buttons':
    case 'checkboxes':
      return html`<${ChoicesElement} ...${props} />`
    case 'plain_text_input':
    case 'email_text_input':
    case 'url_text_input':
    case 'number_input':
      return html`<${TextElement} ...${props} />`
    case 'image':
      return html`<${Picture} from=${props.element} class="accessory-picture" />`
    default:
      return html`<span class="block-unknown dashed soft text-sm">This page does not draw “${stringAt(props.element, 'type') || 'unnamed'}” elements.</span>`
  }
}
