import type { VNode } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { runShortcut } from '../acting.ts'
import { html, typedIn } from '../html.ts'
import { goTo, openThread } from '../place.ts'
import { calledIn, displayName, type Room } from '../room.ts'
import { actAs, drawer, isSwitcherOpen, person, room } from '../store.ts'
import { Avatar } from './avatar.ts'
import { Dialog } from './dialog.ts'
import { Icon } from './icon.ts'

type Target = { key: string; label: string; detail: string; glyph: VNode; go: () => void }

/** Ctrl K: every place and person of the sandbox, by a few letters. */
export function Switcher(): VNode | null {
  const [query, setQuery] = useState('')
  const [active, setActive] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    list.current?.querySelector('.is-active')?.scrollIntoView({ block: 'nearest' })
  }, [active])
  const now = room.value
  if (!now) return null
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const found = targetsIn(now).filter(({ label, detail }) => {
    const text = `${label} ${detail}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const close = () => {
    isSwitcherOpen.value = false
  }
  const go = (target: Target) => {
    close()
    target.go()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const target = found[active]
    if (step !== undefined && found.length > 0) {
      event.preventDefault()
      setActive((active + step + found.length) % found.length)
    } else if (event.key === 'Enter' && target) {
      event.preventDefault()
      go(target)
    }
  }
  return html`<${Dialog} class="switcher" label="Jump to" onClose=${close} closesOutside=${true}>
    <div class="switcher-field row soft"><${Icon} name="search" />
      <input class="bare grow" type="text" role="combobox" aria-label="Jump to" aria-expanded="true" aria-controls="switcher-list" aria-autocomplete="list" autocomplete="off" spellcheck=${false}
        aria-activedescendant=${found[active] ? `switcher-${active}` : null} placeholder="Channel, person, panel or shortcut" value=${query}
        onInput=${(event: Event) => {
          setQuery(typedIn(event))
          setActive(0)
        }} onKeyDown=${onKeyDown} /></div>
    <div ref=${list} role="listbox" id="switcher-list" aria-label="Places" class="switcher-list scroll">
      ${found.map(
        (
          target,
          index,
        ) => html`<div key=${target.key} id=${`switcher-${index}`} role="option" aria-selected=${index === active}
          class=${index === active ? 'option is-active' : 'option'} onPointerMove=${() => setActive(index)} onClick=${() => go(target)}>
          ${target.glyph}<span class="option-line grow"><span>${target.label}</span><span class="option-description">${target.detail}</span></span></div>`,
      )}
      ${found.length === 0 && html`<p class="listbox-hint soft text-lg" role="status">Nothing is called that.</p>`}
    </div>
  <//>`
}

function targetsIn(now: Room): Target[] {
  const glyph = (name: Parameters<typeof Icon>[0]['name']) =>
    html`<span class="completion-glyph toned"><${Icon} name=${name} size=${16} /></span>`
  const show = (panel: 'devices' | 'about') => () => {
    drawer.value = panel
  }
  return [
    ...now.channels.map((channel) => ({
      key: channel.id,
      label: calledIn(now, channel),
      detail: channel.kind === 'channel' ? channel.topic : 'Direct message',
      glyph:
        channel.kind === 'im'
          ? html`<${Avatar} person=${person(now.workspace.botUserId)} size=${24} />`
          : glyph(channel.kind === 'mpim' ? 'person' : 'hash'),
      go: () => openThread(channel.id, null),
    })),
    {
      key: 'home',
      label: 'App Home',
      detail: now.workspace.appName,
      glyph: glyph('home'),
      go: () => goTo({ page: 'home' }),
    },
    { key: 'devices', label: 'Devices', detail: 'Simulated units', glyph: glyph('devices'), go: show('devices') },
    {
      key: 'about',
      label: 'About this sandbox',
      detail: 'Model and addresses',
      glyph: glyph('info'),
      go: show('about'),
    },
    ...now.shortcuts
      .filter(({ type }) => type === 'global')
      .map((shortcut) => ({
        key: shortcut.callbackId,
        label: shortcut.name,
        detail: `Shortcut of ${now.workspace.appName}`,
        glyph: glyph('bolt'),
        go: () => runShortcut(shortcut.callbackId, null),
      })),
    ...now.people
      .filter(({ id, kind }) => kind !== 'bot' && id !== now.viewerId)
      .map((each) => ({
        key: each.id,
        label: `Act as ${displayName(each)}`,
        detail: each.title,
        glyph: html`<${Avatar} person=${each} size=${24} />`,
        go: () => actAs(each.id),
      })),
  ]
}
