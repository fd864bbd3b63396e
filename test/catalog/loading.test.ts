import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type CatalogFault,
  CatalogUnusableError,
  loadCatalog,
  OWN_CATALOG,
  readCatalog,
} from '../../src/catalog/loading.ts'
import { temporaryFolder } from '../support/folder.ts'
import { hostileText } from '../support/hostile.ts'
import fc from '../support/properties.ts'

const own = await readFile(OWN_CATALOG, 'utf8')

function faultsIn(text: string): readonly CatalogFault[] {
  try {
    readCatalog(text, 'catalog.json')
    return []
  } catch (error) {
    if (error instanceof CatalogUnusableError) return error.faults
    throw error
  }
}

/** Our own catalog with one piece of its text replaced, and the line that piece stands on. */
function mangled(from: string, to: string) {
  const at = own.indexOf(from)
  if (at < 0) throw new Error(`the catalog holds no ${from}`)
  return { text: own.replace(from, to), line: own.slice(0, at).split('\n').length }
}

describe('the catalog we ship', () => {
  it('has no faults', async () => {
    const catalog = await loadCatalog()
    expect(catalog.codes.map(({ code, command }) => [code, command])).toEqual([
      ['E-01', 'RECALIB_PH'],
      ['E-02', 'CLEAN_TURB'],
      ['E-05', 'REBOOT_COMM'],
      ['W-10', null],
    ])
  })
})

describe('a fault', () => {
  it.each<[string, string, string, string, RegExp]>([
    ['a code of another form', '"code": "E-02"', '"code": "Error 2"', 'codes.1.code', /such as E-02/],
    ['a code that stands twice', '"code": "E-02"', '"code": "E-01"', 'codes.1.code', /twice.*codes\.0/],
    ['a command nobody knows', '"command": "CLEAN_TURB"', '"command": "CLEAN_ALL"', 'codes.1.command', /not among/],
    ['a command of another form', '"command": "CLEAN_TURB"', '"command": "clean it"', 'codes.1.command', /capitals/],
    [
      'a command called as every object’s own',
      '"command": "CLEAN_TURB"',
      '"command": "TO_STRING"',
      'codes.1.command',
      /not among/,
    ],
    ['a severity nobody knows', '"severity": "warning"', '"severity": "fatal"', 'codes.3.severity', /error/],
    ['a quote in a problem', 'Turbidity sensor', "Turbidity's sensor", 'codes.1.problem', /quoted/],
    ['an empty action', '"Attempt remote reboot"', '"  "', 'codes.2.action', /small|short|1/i],
    ['a number for text', '"Attempt remote reboot"', '7', 'codes.2.action', /string/],
    ['an unknown kind of fallback', '"kind": "visit"', '"kind": "pray"', 'codes.0.fallback.kind', /visit/],
    ['an unknown risk', '"risk": "high"', '"risk": "none"', 'commands.REBOOT_COMM.risk', /low/],
    [
      'a deadline below a second',
      '"deadlineSeconds": 180',
      '"deadlineSeconds": 0',
      'commands.REBOOT_COMM.deadlineSeconds',
      /1/,
    ],
    [
      'half a second',
      '"deadlineSeconds": 180',
      '"deadlineSeconds": 1.5',
      'commands.REBOOT_COMM.deadlineSeconds',
      /int/,
    ],
    ['a device pattern that is none', '^HC5000-[A-Z]-', '^HC5000-[A-Z', 'devicePattern', /regular expression/],
    ['a key that nobody reads', '"version"', '"verison"', 'verison', /misspelt/],
    ['a command’s name of another form', '"CLEAN_TURB": {', '"clean-turb": {', 'commands.clean-turb', /capitals/],
  ])('is told with its line and its key: %s', (_, from, to, path, message) => {
    const { text, line } = mangled(from, to)
    const found = faultsIn(text).find((fault) => fault.path === path && message.test(fault.message))
    expect(found, JSON.stringify(faultsIn(text))).toBeDefined()
    expect(found?.line).toBe(line)
  })

  it('is told where the value should have been when it is missing', () => {
    const { text } = mangled('"severity": "error",', '')
    expect(faultsIn(text)).toEqual([expect.objectContaining({ path: 'codes.0.severity' })])
    const line = own.slice(0, own.indexOf('"code": "E-01"')).split('\n').length - 1
    expect(faultsIn(text)[0]?.line).toBe(line)
  })

  it('of two codes that are missing is told once each', () => {
    const text = own.replace('"code": "E-01",', '').replace('"code": "E-02",', '')
    expect(faultsIn(text).map(({ path }) => path)).toEqual(['codes.0.code', 'codes.1.code'])
  })

  it('is told beside all the others', () => {
    const text = own
      .replace('"E-02"', '"E2"')
      .replace('"risk": "high"', '"risk": "none"')
      .replace('"severity": "warning"', '"severity": "fatal"')
      .replace('"command": "RECALIB_PH"', '"command": "RECALIB"')
      .replace('"version": "2026.11"', '"version": ""')
    expect(
      faultsIn(text)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['codes.0.command', 'codes.1.code', 'codes.3.severity', 'commands.REBOOT_COMM.risk', 'version'])
  })

  it('of its form is told with its line', () => {
    const { text, line } = mangled('"symptoms": ["cloudy', '"symptoms" ["cloudy')
    expect(faultsIn(text)[0]).toMatchObject({ line, message: expect.stringContaining('not valid JSON') })
  })

  it.each(['', ' \n', 'null', '[]', '"x"', '7', '{}', '\u0000', '\ufeff{', '<html>'])(
    'in %j as a whole is told',
    (text) => {
      expect(faultsIn(text).length).toBeGreaterThan(0)
      for (const { line } of faultsIn(text)) expect(line).toBeGreaterThanOrEqual(1)
    },
  )

  it('is all that comes of any text', () => {
    fc.assert(
      fc.property(hostileText(6), fc.nat(own.length), fc.nat(30), (text, at, taken) => {
        const spoilt = own.slice(0, at) + text + own.slice(at + taken)
        const lines = spoilt.split('\n').length
        for (const { line, message } of faultsIn(spoilt)) {
          expect(line).toBeGreaterThanOrEqual(1)
          expect(line).toBeLessThanOrEqual(lines)
          expect(message).not.toBe('')
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('a catalog file', () => {
  it('may hold comments, trailing commas and a byte order mark', () => {
    const text = `\ufeff// ours\n${own.replace('"codes": [', '"codes": [ /* the facts */').replace(/\}\s*\]\s*\}\s*$/, '},],}')}`
    expect(readCatalog(text, 'x').codes).toHaveLength(4)
  })

  it.each([
    ['does not exist', 'nowhere.json', /no such file/],
    ['is a folder', '.', /cannot be read \(EISDIR\)/],
  ])('that %s is told so', async (_, file, words) => {
    await using folder = await temporaryFolder()
    const loading = loadCatalog(join(folder.path, file))
    await expect(loading).rejects.toThrow(CatalogUnusableError)
    await expect(loading).rejects.toHaveProperty('remedy', expect.stringMatching(words))
  })

  it('is loaded from a path', async () => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'ours.json')
    await writeFile(file, own.replace('2026.11', '2027.01'))
    expect((await loadCatalog(file)).version).toBe('2027.01')
  })
})
