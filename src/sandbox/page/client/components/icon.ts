import type { VNode } from 'preact'
import { html } from '../html.ts'

/** Line icons on a grid of 20, drawn with the colour of the text around them. */
const PATHS = {
  hash: 'M7.5 3 6 17M14 3l-1.5 14M3.5 7.5h13.5M3 12.5h13.5',
  chat: 'M3 5.5A1.5 1.5 0 0 1 4.5 4h11A1.5 1.5 0 0 1 17 5.5v7a1.5 1.5 0 0 1-1.5 1.5H9l-4 3v-3h-.5A1.5 1.5 0 0 1 3 12.5z',
  home: 'm3 9.5 7-6 7 6M5 8v8.5h10V8M8.5 16.5v-5h3v5',
  search: 'M8.75 14.5a5.75 5.75 0 1 0 0-11.5 5.75 5.75 0 0 0 0 11.5zM13 13l4 4',
  devices: 'M4 3.5h8v13H4zM6.5 13.5h3M14.5 7a4 4 0 0 1 0 6M16.5 5a7 7 0 0 1 0 10',
  info: 'M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM10 9v5M10 6.3v.1',
  sun: 'M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6 16 16M4 16l1.4-1.4M14.6 5.4 16 4',
  moon: 'M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z',
  send: 'M3.5 16.5 17 10 3.5 3.5 5 9l6 1-6 1z',
  smile: 'M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM7.5 8v.5M12.5 8v.5M6.8 11.8a3.8 3.8 0 0 0 6.4 0',
  reply:
    'M3 5.5A1.5 1.5 0 0 1 4.5 4h11A1.5 1.5 0 0 1 17 5.5v7a1.5 1.5 0 0 1-1.5 1.5H9l-4 3v-3h-.5A1.5 1.5 0 0 1 3 12.5zM6.5 7.5h7M6.5 10.5h4.5',
  more: 'M10 5v.01M10 10v.01M10 15v.01',
  close: 'm5 5 10 10M15 5 5 15',
  down: 'm5.5 8 4.5 4.5L14.5 8',
  back: 'M12 4.5 6.5 10l5.5 5.5',
  menu: 'M3.5 5.5h13M3.5 10h13M3.5 14.5h13',
  trash: 'M4 5.5h12M8 5.5v-2h4v2M5.5 5.5l.7 11h7.6l.7-11M8.5 8.5v5M11.5 8.5v5',
  bolt: 'M11 2.5 4.5 11.5H9.5L9 17.5l6.5-9H10.5z',
  slash: 'M12.5 3 7.5 17',
  at: 'M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM13 7v4.5a2 2 0 0 0 4 0V10a7 7 0 1 0-3 5.7',
  file: 'M5 2.5h6.5L15 6v11.5H5zM11.5 2.5V6H15',
  download: 'M10 3v9.5M6 9l4 4 4-4M4 16.5h12',
  pencil: 'M4 16l.8-3.5L13.5 3.8l2.7 2.7L7.5 15.2z',
  eye: 'M2 10s3-5.5 8-5.5S18 10 18 10s-3 5.5-8 5.5S2 10 2 10zM10 12.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z',
  check: 'm4 10.5 4 4L16 6',
  warning: 'M10 3 2 16.5h16zM10 8v4.5M10 14.6v.1',
  person: 'M10 9.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM3.5 17c.5-3.5 3-5.5 6.5-5.5s6 2 6.5 5.5',
  copy: 'M7 7V3.5h9.5V13H13M3.5 7H13v9.5H3.5z',
  plugOff: 'M7 2.5v4M13 2.5v4M5 6.5h10v3a5 5 0 0 1-10 0zM10 14.5v3',
  clip: 'm15.5 9.5-5.7 5.7a3.4 3.4 0 0 1-4.8-4.8l6.2-6.2a2.3 2.3 0 0 1 3.2 3.2l-6 6a1.1 1.1 0 0 1-1.6-1.6L12 6.6',
  thumbUp:
    'M6.5 9 9.6 3.3a1.6 1.6 0 0 1 2.9 1.2L12 8h3.7a1.6 1.6 0 0 1 1.6 1.9l-1 5.2a1.8 1.8 0 0 1-1.8 1.4h-8zM3.2 9h3.3v7.5H3.2z',
  thumbDown:
    'M13.5 11 10.4 16.7a1.6 1.6 0 0 1-2.9-1.2L8 12H4.3a1.6 1.6 0 0 1-1.6-1.9l1-5.2a1.8 1.8 0 0 1 1.8-1.4h8zM16.8 11h-3.3V3.5h3.3z',
  power: 'M10 2.5v7M5.8 5.3a6 6 0 1 0 8.4 0',
} as const

export type IconName = keyof typeof PATHS

export const Icon = ({ name, size = 18 }: { name: IconName; size?: number }): VNode => html`
  <svg class="icon" width=${size} height=${size} viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width=${
    name === 'more' ? 2.4 : 1.5
  } stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"><path d=${PATHS[name]} /></svg>
`
