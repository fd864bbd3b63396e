import type { VNode } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { type Attachment, send } from '../../acting.ts'
import { draftKey, draftOf, setDraft } from '../../drafts.ts'
import { classes, html, typedIn } from '../../html.ts'
import { shownElsewhere } from '../../notices.ts'
import { isReply, messagesIn } from '../../room.ts'
import { editing, room, viewerId } from '../../store.ts'
import { Icon } from '../icon.ts'
import { AttachButton, AttachmentList, readFiles } from './attachments.ts'
import { Completions } from './completions.ts'
import { useCompletions } from './use-completions.ts'

type ComposerProps = {
  channelId: string
  threadTs: string | null
  label: string
  takesFocus?: boolean
  isSmall?: boolean
  /** For a composer that can be put away: Escape with nothing written. */
  onLeave?: () => void
}

/** Where words are written. What was typed is never lost: not by switching, reloading, or a send that failed. */
export function Composer({
  channelId,
  threadTs,
  label,
  takesFocus = false,
  isSmall = false,
  onLeave,
}: ComposerProps): VNode {
  const field = useRef<HTMLTextAreaElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const [error, setError] = useState<string | null>(null)
  const [underWay, setUnderWay] = useState(0)
  const [files, setFiles] = useState<readonly Attachment[]>([])
  const [alsoToChannel, setAlsoToChannel] = useState(false)
  const key = draftKey(viewerId.value, channelId, threadTs)
  const text = draftOf(key)
  const isEmpty = text.trim() === '' && files.length === 0

  useEffect(() => {
    // On a touch screen the focus would bring up the keyboard over what one came to read.
    if (takesFocus || (threadTs === null && matchMedia('(hover: hover)').matches)) field.current?.focus()
  }, [])
  useLayoutEffect(() => grow(field.current), [text])
  // Together with the text, before the next key: later, it would put what is typed meanwhile in the wrong place.
  const [asked, ask] = useState<{ caret: number } | null>(null)
  useLayoutEffect(() => {
    if (!asked) return
    field.current?.focus()
    field.current?.setSelectionRange(asked.caret, asked.caret)
  }, [asked])

  const write = (value: string, caret: number) => {
    setDraft(key, value)
    setError(null)
    completions.moveTo(caret)
  }
  const put = (value: string, caret: number) => {
    write(value, caret)
    ask({ caret })
  }
  const completions = useCompletions({ text, isThread: threadTs !== null, onInsert: put })

  const submit = async () => {
    const [typed, attached] = [text, files]
    if (isEmpty) return
    // The stored copy stays until the words have arrived, should the page be reloaded in between.
    setDraft(key, '', { keepStored: true })
    setFiles([])
    setAlsoToChannel(false)
    setError(null)
    // The pressed button is dead now, and would lose the focus to nothing.
    field.current?.focus()
    setUnderWay((count) => count + 1)
    const problem = await send(typed, channelId, threadTs, attached, alsoToChannel)
    setUnderWay((count) => count - 1)
    const since = draftOf(key)
    setDraft(key, problem === null ? since : [typed, since].filter(Boolean).join('\n'))
    if (problem === null) return
    setError(problem)
    shownElsewhere(problem)
    setFiles((now) => [...attached, ...now])
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing || completions.onKeyDown(event)) return
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      void submit()
    } else if (event.key === 'Escape' && onLeave && isEmpty) {
      event.stopPropagation()
      onLeave()
    } else if (event.key === 'ArrowUp' && isEmpty) editLast(event, channelId, threadTs, !isSmall)
  }
  const start = (mark: '/' | '@') => {
    const at = field.current?.selectionStart ?? text.length
    const before = mark === '/' ? '/' : `${text.slice(0, at)}${/\S$/.test(text.slice(0, at)) ? ' ' : ''}@`
    put(mark === '/' ? `/${text.replace(/^\//, '')}` : before + text.slice(at), before.length)
  }
  const choose = async (chosen: readonly File[]) => {
    const read = await readFiles(chosen, files)
    setFiles(read.files)
    setError(read.problem)
  }
  const listId = `completions-${threadTs ?? channelId}`
  const errorId = `${listId}-error`
  const hint =
    underWay > 0
      ? 'Sending…'
      : threadTs !== null
        ? ''
        : html`<kbd>Enter</kbd> sends, <kbd>Shift Enter</kbd> starts a new line`
  return html`<div class=${classes('composer', isSmall && 'is-small')}>
    ${error !== null && html`<p class="composer-error row text-lg" id=${errorId} role="alert"><${Icon} name="warning" size=${16} />${error}</p>`}
    <div ref=${frame} class=${classes('composer-box field', error !== null && 'is-invalid')}>
      ${
        completions.isOpen &&
        html`<${Completions} anchor=${frame} id=${listId} suggestions=${completions.suggestions} chosen=${completions.chosen}
          onChoose=${completions.insert} onClose=${completions.dismiss} />`
      }
      <textarea ref=${field} class="composer-field bare" rows="1" value=${text} data-composer aria-label=${label} placeholder=${label}
        aria-haspopup="listbox" aria-autocomplete="list" aria-controls=${completions.isOpen ? listId : null}
        aria-activedescendant=${completions.chosen ? `${listId}-${completions.chosen.key}` : null} aria-describedby=${error === null ? null : errorId}
        onInput=${(event: Event) => write(typedIn(event), field.current?.selectionStart ?? 0)} onKeyDown=${onKeyDown}
        onSelect=${() => completions.moveTo(field.current?.selectionStart ?? 0)}></textarea>
      <${AttachmentList} files=${files} onChange=${setFiles} />
      <div class="composer-tools row">
        <${AttachButton} onChoose=${choose} />
        ${threadTs === null && html`<button type="button" class="tool" aria-label="Slash commands" title="Slash commands" onClick=${() => start('/')}><${Icon} name="slash" /></button>`}
        <button type="button" class="tool" aria-label="Mention someone" title="Mention someone" onClick=${() => start('@')}><${Icon} name="at" /></button>
        ${
          threadTs !== null &&
          html`<label class="composer-also row soft text-xs"><input type="checkbox" checked=${alsoToChannel}
            onChange=${() => setAlsoToChannel(!alsoToChannel)} />Also send to ${channelId.startsWith('D') ? 'direct message' : 'channel'}</label>`
        }
        <span class="composer-hint soft text-xs grow">${hint}</span>
        <button type="button" class="send center" aria-label="Send" title="Send" disabled=${isEmpty} onClick=${submit}><${Icon} name="send" /></button>
      </div>
    </div>
  </div>`
}

/** Arrow up in an empty field opens one's newest message here for changing. */
function editLast(event: KeyboardEvent, channel: string, threadTs: string | null, isPanel: boolean): void {
  const now = room.peek()
  if (!now) return
  const own = messagesIn(now, channel).findLast(
    (message) =>
      message.userId === now.viewerId && (threadTs === null ? !isReply(message) : message.threadTs === threadTs),
  )
  if (!own) return
  event.preventDefault()
  editing.value = { channel, ts: own.ts, isInThread: isPanel && threadTs !== null }
}

function grow(field: HTMLTextAreaElement | null): void {
  if (!field) return
  field.style.height = 'auto'
  field.style.height = `${field.scrollHeight}px`
}
