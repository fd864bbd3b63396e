import '@preact/signals'
import { render } from 'preact'
import { App } from './components/app.ts'
import { followTitle } from './document-title.ts'
import { html } from './html.ts'
import { followTheme } from './preferences.ts'
import { enter } from './store.ts'

const root = document.getElementById('page')
if (!root) throw new Error('The page has no place to be drawn in.')
followTheme()
followTitle()
render(html`<${App} />`, root)
enter()
