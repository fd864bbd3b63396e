import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { askToConfirm } from '../components/confirm.ts'
import { Icon, type IconName } from '../components/icon.ts'
import { Menu } from '../components/menu.ts'
import { classes, html } from '../html.ts'
import { type Loose, recordAt, recordsAt, stringAt, wordsOf } from '../read.ts'
import { viewerId } from '../store.ts'
import { dispatch, useSurface } from '../surface.ts'
import { openableUrl } from '../text/links.ts'
import type { ElementProps } from './element.ts'
import { PlainText, TextLine } from './text-object.ts'
import { feedbackPayload, overflowPayload, pressPayload } from './values.ts'

/** Sends presses of one element and counts those under way; a second press is sent too, as it would be in Slack. */
function usePress(element: Loose) {
  const surface = useSurface()
  const [underWay, setUnderWay] = useState(0)
  const send = async (action: Loose): Promise<boolean> => {
    const confirm = recordAt(element, 'confirm')
    if (confirm && !(await askToConfirm(confirm))) return false
    setUnderWay((count) => count + 1)
    const { ok } = await dispatch(surface, action)
    setUnderWay((count) => count - 1)
    return ok
  }
  return { send, isPending: underWay > 0 }
}

export function ButtonElement({ element, blockId, actionId }: ElementProps): VNode {
  const { send, isPending } = usePress(element)
  const url = openableUrl(stringAt(element, 'url'))
  const style = stringAt(element, 'style')
  const name = classes(
    'button',
    style === 'primary' && 'is-primary',
    style === 'danger' && 'is-danger',
    isPending && 'is-pending',
  )
  const words = html`<span class="clip"><${PlainText} text=${wordsOf(element.text)} /></span>`
  const label = stringAt(element, 'accessibility_label') || null
  const onClick = () => void send(pressPayload(element, blockId, actionId))
  if (url !== null) {
    return html`<a class=${name} href=${url} target="_blank" rel="noopener noreferrer" aria-label=${label} onClick=${onClick}>${words}</a>`
  }
  return html`<button type="button" class=${name} aria-label=${label} aria-busy=${isPending} onClick=${onClick}>${words}</button>`
}

export function IconButtonElement({ element, blockId, actionId }: ElementProps): VNode | null {
  const { send, isPending } = usePress(element)
  const visibleTo = element.visible_to_user_ids
  if (Array.isArray(visibleTo) && !visibleTo.includes(viewerId.value)) return null
  const label = stringAt(element, 'accessibility_label') || wordsOf(element.text)
  return html`<button type="button" class=${classes('icon-button', isPending && 'is-pending')} aria-label=${label} title=${label}
    aria-busy=${isPending} onClick=${() => void send(pressPayload(element, blockId, actionId))}><${Icon} name="trash" size=${16} /></button>`
}

export function FeedbackElement({ element, blockId, actionId }: ElementProps): VNode {
  const { send } = usePress(element)
  const [chosen, setChosen] = useState<'positive' | 'negative' | null>(null)
  const side = (which: 'positive' | 'negative', icon: IconName) => {
    const button = recordAt(element, `${which}_button`) ?? {}
    const label = stringAt(button, 'accessibility_label') || wordsOf(button.text)
    const onClick = async () => {
      const before = chosen
      setChosen(which)
      if (!(await send(feedbackPayload(element, blockId, actionId, which)))) setChosen(before)
    }
    return html`<button type="button" class=${classes('feedback', chosen === which && 'is-chosen')} aria-pressed=${chosen === which}
      aria-label=${label} title=${label} onClick=${onClick}><${Icon} name=${icon} size=${17} /></button>`
  }
  return html`<span class="feedback-pair" role="group" aria-label="Feedback">${side('positive', 'thumbUp')}${side('negative', 'thumbDown')}</span>`
}

export function OverflowElement({ element, blockId, actionId }: ElementProps): VNode {
  const { send } = usePress(element)
  const items = recordsAt(element, 'options').map((option, index) => ({
    key: String(index),
    content: html`<span class="option-words lines grow"><span><${TextLine} text=${option.text} /></span>${
      wordsOf(option.description) && html`<span class="option-description">${wordsOf(option.description)}</span>`
    }</span>`,
    onChoose: () => {
      const url = openableUrl(stringAt(option, 'url'))
      if (url !== null) open(url, '_blank', 'noopener')
      void send(overflowPayload(blockId, actionId, option))
    },
  }))
  return html`<${Menu} label=${stringAt(element, 'accessibility_label') || 'More actions'} class="icon-button is-framed" items=${items} align="end">
    <${Icon} name="more" size=${16} /><//>`
}
