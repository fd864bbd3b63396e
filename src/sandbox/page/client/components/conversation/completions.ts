import type { RefObject, VNode } from 'preact'
import { html } from '../../html.ts'
import { displayName, type Room } from '../../room.ts'
import { person } from '../../store.ts'
import { emojiNames, glyphOf } from '../../text/emoji.ts'
import type { completionAt } from '../../text/typing.ts'
import { Avatar } from '../avatar.ts'
import { Icon } from '../icon.ts'
import { Popover } from '../popover.ts'

export type Suggestion = { key: string; label: string; detail: string; hint: string; glyph: VNode; inserts: string }

const MOST_SHOWN = 8

/** What could be meant by the word at the caret. */
export function suggestionsFor(
  completion: NonNullable<ReturnType<typeof completionAt>>,
  now: Room,
  isThread: boolean,
): Suggestion[] {
  const query = completion.query.toLowerCase()
  switch (completion.kind) {
    case 'command':
      if (isThread) return []
      return now.commands
        .filter(({ command }) => command.toLowerCase().startsWith(`/${query}`))
        .map((each) => ({
          key: each.command.slice(1),
          label: each.command,
          detail: each.description,
          hint: each.usageHint,
          glyph: html`<span class="completion-glyph toned"><${Icon} name="slash" size=${16} /></span>`,
          inserts: `${each.command} `,
        }))
    case 'emoji':
      return emojiNames()
        .filter((name) => name.includes(query))
        .sort((a, b) => Number(b.startsWith(query)) - Number(a.startsWith(query)))
        .slice(0, MOST_SHOWN)
        .map((name) => ({
          key: name,
          label: `:${name}:`,
          detail: '',
          hint: '',
          glyph: html`<span class="picker-glyph">${glyphOf(name)}</span>`,
          inserts: `:${name}: `,
        }))
    case 'channel':
      return now.channels
        .filter(({ kind, name }) => kind === 'channel' && name.toLowerCase().startsWith(query))
        .map(({ id, name, topic }) => ({
          key: id,
          label: `#${name}`,
          detail: topic,
          hint: '',
          glyph: html`<span class="completion-glyph toned"><${Icon} name="hash" size=${16} /></span>`,
          inserts: `#${name} `,
        }))
    case 'mention': {
      const bot = person(now.workspace.botUserId)
      const everybody = now.people.some(({ id }) => id === bot.id) ? now.people : [bot, ...now.people]
      const matches = ({ name, realName }: { name: string; realName: string }) =>
        [name, ...realName.split(' '), realName].some((word) => word.toLowerCase().startsWith(query))
      return everybody
        .filter((each) => each.id !== now.viewerId && matches(each))
        .sort((a, b) => Number(b.kind === 'bot') - Number(a.kind === 'bot'))
        .slice(0, MOST_SHOWN)
        .map((each) => ({
          key: each.id,
          label: displayName(each),
          detail: each.title,
          hint: each.kind === 'bot' ? 'App' : '',
          glyph: html`<${Avatar} person=${each} size=${24} />`,
          inserts: `@${displayName(each)} `,
        }))
    }
    default:
      return completion.kind satisfies never
  }
}

type CompletionsProps = {
  anchor: RefObject<HTMLElement | null>
  id: string
  suggestions: readonly Suggestion[]
  chosen: Suggestion | undefined
  onChoose: (suggestion: Suggestion) => void
  onClose: () => void
}

export const Completions = ({ anchor, id, suggestions, chosen, onChoose, onClose }: CompletionsProps): VNode => html`
  <${Popover} anchor=${anchor} matchWidth=${true} class="listbox completions" onClose=${onClose} keepsFocus=${true}>
    <div role="listbox" id=${id} aria-label="Suggestions">
      ${suggestions.map(
        (
          suggestion,
        ) => html`<div role="option" key=${suggestion.key} id=${`${id}-${suggestion.key}`} class=${suggestion === chosen ? 'option is-active' : 'option'}
          aria-selected=${suggestion === chosen} onClick=${() => onChoose(suggestion)}>
          ${suggestion.glyph}
          <span class="option-words lines grow"><span><strong>${suggestion.label}</strong>${suggestion.hint && html` <span class="soft text-md">${suggestion.hint}</span>`}</span>
            ${suggestion.detail && html`<span class="option-description">${suggestion.detail}</span>`}</span>
        </div>`,
      )}
    </div>
  <//>
`
