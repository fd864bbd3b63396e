import type { VNode } from 'preact'
import type { Message } from '../../../contract.ts'
import { deleteMessage, forwardToApp, runShortcut } from '../../acting.ts'
import { html } from '../../html.ts'
import { tell } from '../../notices.ts'
import { editing, shortcuts, viewerId, workspace } from '../../store.ts'
import { plainFlow } from '../../text/ast.ts'
import { parseMarkdown } from '../../text/markdown.ts'
import { parseMrkdwn } from '../../text/mrkdwn.ts'
import { askToConfirm } from '../confirm.ts'
import { Icon } from '../icon.ts'
import { Menu } from '../menu.ts'
import { ReactionPicker } from './reaction-picker.ts'

type ToolsProps = {
  message: Message
  onReply: (() => void) | null
  /** Told while a menu is open, so that the tools stay when the pointer leaves the message. */
  onHold: (isOpen: boolean) => void
}

/** What can be done with a message; shown while the pointer or the focus is on it. */
export function MessageTools({ message, onReply, onHold }: ToolsProps): VNode {
  const onMessages = shortcuts.value.filter(({ type }) => type === 'message')
  const items = [
    ...onMessages.map((shortcut) => ({
      key: shortcut.callbackId,
      content: html`<${Icon} name="bolt" size=${16} /><span class="option-words lines grow"><span>${shortcut.name}</span><span class="option-description">${workspace.value?.appName}</span></span>`,
      onChoose: () => runShortcut(shortcut.callbackId, message),
    })),
    {
      key: 'copy text',
      content: html`<${Icon} name="copy" size=${16} /><span>Copy text</span>`,
      onChoose: () => void copy(message),
    },
    ...(message.isEphemeral
      ? []
      : [
          {
            key: 'forward',
            content: html`<${Icon} name="send" size=${16} /><span>Forward to ${workspace.value?.appName}</span>`,
            onChoose: () => void forwardToApp(message),
          },
        ]),
    ...(message.userId === viewerId.value && !message.isEphemeral ? ownItems(message, onReply === null) : []),
  ]
  return html`<div class="message-tools card" role="toolbar" aria-label="Message actions">
    ${!message.isEphemeral && html`<${ReactionPicker} message=${message} class="tool" onHold=${onHold} />`}
    ${
      onReply !== null &&
      !message.isEphemeral &&
      html`<button type="button" class="tool" aria-label="Reply in thread" title="Reply in thread" onClick=${onReply}><${Icon} name="reply" /></button>`
    }
    <${Menu} label="More actions" tooltip="More actions" items=${items} align="end" onOpenChange=${onHold}><${Icon} name="more" /><//>
  </div>`
}

const ownItems = (message: Message, isInThread: boolean) => [
  {
    key: 'edit',
    content: html`<${Icon} name="pencil" size=${16} /><span>Edit message</span>`,
    onChoose: () => {
      editing.value = { channel: message.channel, ts: message.ts, isInThread }
    },
  },
  {
    key: 'delete',
    content: html`<${Icon} name="trash" size=${16} /><span>Delete message</span>`,
    onChoose: () => void removeWhenSure(message),
  },
]

async function removeWhenSure(message: Message): Promise<void> {
  const isSure = await askToConfirm({
    title: 'Delete this message?',
    text: 'It disappears for everybody. This cannot be undone.',
    confirm: 'Delete',
    deny: 'Keep it',
    style: 'danger',
  })
  if (isSure) await deleteMessage(message)
}

async function copy(message: Message): Promise<void> {
  const flow = message.markdown === null ? parseMrkdwn(message.text) : parseMarkdown(message.markdown)
  try {
    await navigator.clipboard.writeText(plainFlow(flow))
    tell('Copied.')
  } catch {
    tell('The browser did not allow copying.')
  }
}
