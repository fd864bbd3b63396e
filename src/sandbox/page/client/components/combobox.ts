import type { VNode } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { html, typedIn } from '../html.ts'
import { Icon } from './icon.ts'
import { Popover } from './popover.ts'

export type Choice = { key: string; label: string; description?: string; group?: string | null; value: unknown }

type ComboboxProps = {
  label: string
  id?: string
  describedBy?: string
  isInvalid?: boolean
  placeholder: string
  chosen: readonly Choice[]
  isMulti: boolean
  maxChosen?: number
  canClear?: boolean
  onChange: (chosen: readonly Choice[]) => void
  /** All choices, or a search for them. */
  choices: readonly Choice[] | { search: (query: string) => Promise<readonly Choice[]>; minQuery: number }
}

const SEARCH_PAUSE_MS = 150

/** A select that can be searched by typing; for one choice or several. */
export function Combobox(props: ComboboxProps): VNode {
  const [isOpen, setOpen] = useState(false)
  const [query, setQuery] = useState('')
  const [active, setActive] = useState(0)
  const field = useRef<HTMLInputElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const listId = useId()
  const { found, isLoading, hint } = useChoices(props.choices, query, isOpen)
  const isChosen = (choice: Choice) => props.chosen.some(({ key }) => key === choice.key)
  const isFull = props.isMulti && props.maxChosen !== undefined && props.chosen.length >= props.maxChosen

  const open = () => {
    if (isOpen) return
    setOpen(true)
    setQuery('')
    setActive(0)
  }
  const close = () => {
    setOpen(false)
    setQuery('')
  }
  const choose = (choice: Choice) => {
    if (!props.isMulti) {
      props.onChange([choice])
      return close()
    }
    if (isChosen(choice)) props.onChange(props.chosen.filter(({ key }) => key !== choice.key))
    else if (!isFull) props.onChange([...props.chosen, choice])
    setQuery('')
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (!isOpen) return open()
      const step = event.key === 'ArrowDown' ? 1 : -1
      if (found.length > 0) setActive((active + step + found.length) % found.length)
    } else if (event.key === 'Enter' && isOpen) {
      event.preventDefault()
      const choice = found[active]
      if (choice) choose(choice)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      open()
    } else if (event.key === 'Tab') close()
    else if (event.key === 'Backspace' && query === '' && props.isMulti) props.onChange(props.chosen.slice(0, -1))
  }
  const single = props.isMulti ? '' : (props.chosen[0]?.label ?? '')
  return html`<div ref=${frame} class=${`combobox field wrap${props.isInvalid ? ' is-invalid' : ''}${isOpen ? ' is-open' : ''}`}
      onClick=${(event: MouseEvent) => {
        if (event.target instanceof Element && event.target.closest('button')) return
        field.current?.focus()
        open()
      }}>
    ${
      props.isMulti &&
      props.chosen.map(
        (choice) => html`<span class="chip toned" key=${choice.key}>${choice.label}
          <button type="button" aria-label=${`Remove ${choice.label}`} onClick=${() => props.onChange(props.chosen.filter(({ key }) => key !== choice.key))}>
            <${Icon} name="close" size=${12} /></button></span>`,
      )
    }
    <input ref=${field} id=${props.id} class="combobox-field bare grow" role="combobox" autocomplete="off" spellcheck=${false}
      aria-label=${props.label} aria-expanded=${isOpen} aria-controls=${listId} aria-autocomplete="list"
      aria-describedby=${props.describedBy} aria-invalid=${props.isInvalid ? 'true' : null}
      aria-activedescendant=${isOpen && found[active] ? `${listId}-${active}` : null}
      placeholder=${single || (props.chosen.length > 0 ? '' : props.placeholder)}
      value=${isOpen ? query : single}
      onInput=${(event: Event) => {
        setOpen(true)
        setQuery(typedIn(event))
        setActive(0)
      }}
      onKeyDown=${onKeyDown} onBlur=${close} />
    ${
      props.canClear &&
      props.chosen.length > 0 &&
      html`<button type="button" class="combobox-clear soft" aria-label=${`Clear ${props.label}`} onClick=${() => props.onChange([])}>
        <${Icon} name="close" size=${14} /></button>`
    }
    <span class="combobox-arrow soft"><${Icon} name="down" size=${16} /></span>
    ${
      isOpen &&
      html`<${Popover} anchor=${frame} matchWidth=${true} class="listbox" onClose=${close} keepsFocus=${true}>
        <${ChoiceList} id=${listId} label=${props.label} choices=${found} active=${active} isMulti=${props.isMulti}
          isChosen=${isChosen} onChoose=${choose} />
        ${found.length === 0 && html`<p class="listbox-hint soft text-lg" role="status">${isLoading ? 'Searching…' : hint}</p>`}
      <//>`
    }
  </div>`
}

type ChoiceListProps = {
  id: string
  label: string
  choices: readonly Choice[]
  active: number
  isMulti: boolean
  isChosen: (choice: Choice) => boolean
  onChoose: (choice: Choice) => void
}

function ChoiceList({ id, label, choices, active, isMulti, isChosen, onChoose }: ChoiceListProps): VNode {
  const list = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    list.current?.querySelector('.is-active')?.scrollIntoView({ block: 'nearest' })
  }, [active])
  return html`<div ref=${list} role="listbox" id=${id} aria-label=${label} aria-multiselectable=${isMulti ? 'true' : null}>
    ${choices.map(
      (choice, index) => html`
        ${
          choice.group &&
          choice.group !== choices[index - 1]?.group &&
          html`<div class="listbox-group soft text-xs strong" role="presentation" key=${`group ${choice.group}`}>${choice.group}</div>`
        }
        <div key=${choice.key} id=${`${id}-${index}`} role="option" class=${index === active ? 'option is-active' : 'option'}
          aria-selected=${isChosen(choice)} onClick=${(event: MouseEvent) => {
            event.stopPropagation()
            onChoose(choice)
          }}>
          <span class="option-words lines grow"><span>${choice.label}</span>${
            choice.description && html`<span class="option-description">${choice.description}</span>`
          }</span>
          ${isChosen(choice) && html`<${Icon} name="check" size=${16} />`}
        </div>`,
    )}
  </div>`
}

function useChoices(choices: ComboboxProps['choices'], query: string, isOpen: boolean) {
  const [found, setFound] = useState<readonly Choice[]>([])
  const [isLoading, setLoading] = useState(false)
  const isSearched = 'search' in choices
  const isShort = isSearched && query.length < choices.minQuery
  useEffect(() => {
    if (!isSearched || !isOpen) return
    setFound([])
    if (isShort) return setLoading(false)
    let isStale = false
    setLoading(true)
    const pause = setTimeout(
      async () => {
        const results = await choices.search(query)
        if (isStale) return
        setFound(results)
        setLoading(false)
      },
      query === '' ? 0 : SEARCH_PAUSE_MS,
    )
    return () => {
      isStale = true
      clearTimeout(pause)
    }
  }, [query, isOpen])
  if (isSearched) return { found, isLoading, hint: isShort ? 'Type to search.' : 'Nothing found.' }
  const wanted = query.trim().toLowerCase()
  const matches = choices.filter(({ label, description }) =>
    `${label} ${description ?? ''}`.toLowerCase().includes(wanted),
  )
  return { found: matches, isLoading: false, hint: 'Nothing found.' }
}
