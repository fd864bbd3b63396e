import { signal } from '@preact/signals'
import type { VNode } from 'preact'
import { classes, html } from '../html.ts'
import { type Loose, recordAt, stringAt, wordsOf } from '../read.ts'
import { MrkdwnLine } from '../text/render.ts'
import { Dialog } from './dialog.ts'

const asked = signal<{ confirm: Loose; answer: (isSure: boolean) => void } | null>(null)

/** Shows Slack's `confirm` object; true when the person goes on. */
export const askToConfirm = (confirm: Loose): Promise<boolean> =>
  new Promise((answer) => {
    asked.value?.answer(false)
    asked.value = { confirm, answer }
  })

export function ConfirmDialog(): VNode | null {
  const question = asked.value
  if (!question) return null
  const { confirm } = question
  const settle = (isSure: boolean) => {
    asked.value = null
    question.answer(isSure)
  }
  const text = recordAt(confirm, 'text')
  return html`<${Dialog} role="alertdialog" class="confirm" labelledBy="confirm-title" onClose=${() => settle(false)}>
    <h2 id="confirm-title">${wordsOf(confirm.title) || 'Are you sure?'}</h2>
    <p>${text?.type === 'mrkdwn' ? html`<${MrkdwnLine} text=${stringAt(text, 'text')} />` : wordsOf(text)}</p>
    <div class="dialog-actions actions">
      <button type="button" class="button" onClick=${() => settle(false)}>${wordsOf(confirm.deny) || 'Cancel'}</button>
      <button type="button" class=${classes('button', stringAt(confirm, 'style') === 'danger' ? 'is-danger' : 'is-primary')}
        autofocus onClick=${() => settle(true)}>${wordsOf(confirm.confirm) || 'Yes'}</button>
    </div>
  <//>`
}
