import { signal } from '@preact/signals'

/** Where the viewer is, kept in the address: `#/C123`, `#/C123/1700000000.000100` with a thread, `#/home`. */
export type Place = { page: 'home' } | { page: 'channel'; id: string; thread: string | null } | { page: 'start' }

const HOME = 'home'

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function readPlace(hash: string): Place {
  const [, id = '', thread] = hash.replace(/^#/, '').split('/').map(decoded)
  if (id === '') return { page: 'start' }
  return id === HOME ? { page: 'home' } : { page: 'channel', id, thread: thread || null }
}

export const place = signal<Place>(readPlace(location.hash))

addEventListener('hashchange', () => {
  place.value = readPlace(location.hash)
})

export function goTo(next: Place): void {
  const parts = next.page === 'home' ? [HOME] : next.page === 'start' ? [] : [next.id, next.thread ?? '']
  const hash = `#/${parts.filter(Boolean).map(encodeURIComponent).join('/')}`
  if (hash !== location.hash) history.pushState(null, '', hash)
  place.value = next
}

export const openThread = (channel: string, thread: string | null): void =>
  goTo({ page: 'channel', id: channel, thread })

/** Who acts in this tab; in the address, so that every tab can be another person and a reload keeps them. */
export const viewerInAddress = (): string | null => new URLSearchParams(location.search).get('as')

export function putViewerInAddress(viewer: string): void {
  const query = new URLSearchParams(location.search)
  query.set('as', viewer)
  history.replaceState(null, '', `?${query}${location.hash}`)
}
