import type { VNode } from 'preact'
import { useId } from 'preact/hooks'
import { html } from '../html.ts'
import { recordAt, stringAt, wordsOf } from '../read.ts'
import { formOf, useSurface } from '../surface.ts'
import type { BlockProps } from './block.ts'
import { Element } from './element.ts'
import { PlainText } from './text-object.ts'
import { actionIdOf } from './values.ts'

/** Elements that are a group of fields, named by a legend rather than a label. */
const GROUPED = new Set(['radio_buttons', 'checkboxes'])

export function InputBlock({ block, blockId }: BlockProps): VNode {
  const surface = useSurface()
  const id = useId()
  const element = recordAt(block, 'element') ?? {}
  const error = formOf(surface.key).errors[blockId]
  const hint = wordsOf(block.hint)
  const label = html`<${PlainText} text=${wordsOf(block.label)} />${
    block.optional === true && html` <span class="optional soft">(optional)</span>`
  }`
  const isGrouped = GROUPED.has(stringAt(element, 'type'))
  const described = [error !== undefined && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ')
  const control = html`<${Element} element=${element} blockId=${blockId} actionId=${actionIdOf(element, 0)} fieldId=${id}
    label=${wordsOf(block.label)} describedBy=${described || null} isInvalid=${error !== undefined}
    isOptional=${block.optional === true} isQuiet=${block.dispatch_action !== true} />`
  const foot = html`
    ${error !== undefined && html`<p class="field-error" id=${`${id}-error`} role="alert">${error}</p>`}
    ${hint && html`<p class="field-hint soft text-md" id=${`${id}-hint`}><${PlainText} text=${hint} /></p>`}
  `
  const name = `block-input${error === undefined ? '' : ' is-invalid'}`
  if (isGrouped) {
    return html`<fieldset class=${name} data-block=${blockId}><legend>${label}</legend>${control}${foot}</fieldset>`
  }
  return html`<div class=${name} data-block=${blockId}><label for=${id}>${label}</label>${control}${foot}</div>`
}
