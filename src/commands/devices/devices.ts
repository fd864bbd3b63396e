import { distance } from 'fastest-levenshtein'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Store } from '../../store/open.ts'
import type { Device } from './device.ts'
import { findDevice, findDevices, listDeviceIds, listDevices, listDevicesEndingWith } from './device-records.ts'

/** All units that have ever reported. */
export type Devices = {
  find(id: string): Promise<Device | null>
  list(): Promise<readonly Device[]>
  /** The known ids that look most similar, the closest first. */
  nearest(id: string, most?: number): Promise<readonly string[]>
  /** The known ids that end with these letters and digits: `4417`, `K4417`; a few at most. */
  endingWith(ending: string): Promise<readonly string[]>
  /** Search while typing: ids that contain the text, else the most similar. */
  search(text: string, most: number): Promise<readonly Device[]>
}

const NEAREST_SHOWN = 3

export function createDevices({ store, catalog }: { store: Store; catalog: Pick<Catalog, 'isDeviceId'> }): Devices {
  const nearestOf = (ids: readonly string[], text: string, most: number) => {
    const wanted = text.trim().toUpperCase().slice(0, 100)
    return ids
      .map((id) => ({ id, away: distance(wanted, id.toUpperCase()) }))
      .sort((a, b) => a.away - b.away || a.id.localeCompare(b.id))
      .slice(0, most)
      .map(({ id }) => id)
  }
  return {
    find: async (id) => (catalog.isDeviceId(id) ? findDevice(store, id) : null),
    list: () => listDevices(store),
    nearest: async (id, most = NEAREST_SHOWN) => nearestOf(await listDeviceIds(store), id, most),
    async endingWith(ending) {
      const [digits = ''] = /\d+$/.exec(ending) ?? []
      if (digits === '') return []
      const ids = await listDevicesEndingWith(store, digits)
      return ids.filter((id) =>
        id
          .toUpperCase()
          .replace(/[^A-Z0-9]/g, '')
          .endsWith(ending),
      )
    },
    async search(text, most) {
      const ids = await listDeviceIds(store)
      const wanted = text.trim().toUpperCase()
      const containing = ids.filter((id) => id.toUpperCase().includes(wanted))
      return findDevices(store, containing.length > 0 ? containing.slice(0, most) : nearestOf(ids, text, most))
    },
  }
}

/** A typed device id in the catalog's spelling, where only its case differs. */
export function normalizeDeviceId(text: string, catalog: Pick<Catalog, 'isDeviceId'>): string {
  const typed = text.trim()
  const capitals = typed.toUpperCase()
  return !catalog.isDeviceId(typed) && catalog.isDeviceId(capitals) ? capitals : typed
}
