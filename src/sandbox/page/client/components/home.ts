import type { VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import { openTab } from '../acting.ts'
import { Blocks } from '../blocks/block.ts'
import { html } from '../html.ts'
import { person, room } from '../store.ts'
import { Avatar } from './avatar.ts'

/** The app's Home tab, as the app last published it for this person. */
export function Home(): VNode | null {
  const now = room.value
  useEffect(() => openTab('home'), [now?.viewerId])
  if (!now) return null
  const { home, workspace } = now
  const surface = home && { key: `home:${home.id}`, container: { type: 'view', viewId: home.id }, blocks: home.blocks }
  return html`<main class="panel column conversation home" aria-label="App Home" id="conversation" data-conversation>
    <header class="panel-header row">
      <${Avatar} person=${person(workspace.botUserId)} size=${28} /><h1>${workspace.appName}</h1><span class="panel-detail clip soft text-md grow">Home</span>
    </header>
    <div class="panel-body column grow scroll" tabindex="0" role="region" aria-label="Home view">
      <div class="home-view">
        ${surface ? html`<${Blocks} surface=${surface} />` : html`<p class="empty soft">The app has not published its Home yet.</p>`}
      </div>
    </div>
  </main>`
}
