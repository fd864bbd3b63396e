import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../src/catalog/loading.ts'

const catalog = await loadCatalog()

describe('the catalog', () => {
  it('knows its codes and its commands, and no others', () => {
    expect(catalog.find('E-02')).toMatchObject({ problem: 'Turbidity sensor occlusion' })
    expect(catalog.command('CLEAN_TURB')).toMatchObject({ risk: 'low' })
    for (const name of ['E-99', 'e-02', '', 'constructor', '__proto__']) {
      expect(catalog.find(name)).toBeNull()
      expect(catalog.command(name)).toBeNull()
    }
  })

  it('allows a command for its own code only', () => {
    expect(catalog.allows('E-02', 'CLEAN_TURB')).toBe(true)
    expect(catalog.allows('E-01', 'CLEAN_TURB')).toBe(false)
    expect(catalog.allows('W-10', 'CLEAN_TURB')).toBe(false)
    expect(catalog.allows('E-99', 'CLEAN_TURB')).toBe(false)
  })

  it('names the nearest codes to one it does not know', () => {
    expect(catalog.nearest('E-03', 2)).toEqual(['E-01', 'E-02'])
    expect(catalog.nearest('w-11', 1)).toEqual(['W-10'])
    expect(catalog.nearest('', 9)).toHaveLength(4)
  })

  it('tells a device id by its pattern, as a whole', () => {
    expect(catalog.isDeviceId('HC5000-A-1138')).toBe(true)
    for (const id of ['hc5000-a-1138', 'HC5000-A-11380', ' HC5000-A-1138', 'HC5000-A-1138\n', ''])
      expect(catalog.isDeviceId(id)).toBe(false)
  })
})
