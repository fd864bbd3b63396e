import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Imports only fall: a room may use what stands on a lower step. Rooms on one step do not know each other. */
const STEPS: readonly (readonly string[])[] = [
  ['main'],
  ['start', 'cli', 'sandbox'],
  ['app'],
  ['slack', 'training'],
  ['feedback'],
  ['diagnosis', 'commands'],
  ['catalog', 'store'],
  ['lib'],
]
/** Settings are read at the top and handed down; their types are made of the parts' own. */
const CONFIG_USERS = ['start', 'cli', 'sandbox', 'app', 'config']

/** One door each: the only files that may import the package behind it. */
const DOORS: readonly { package: RegExp; files: RegExp; what: string }[] = [
  { package: /^@slack\//, files: /^slack\//, what: 'Slack' },
  { package: /^mqtt$/, files: /^(commands\/gateway\.ts|sandbox\/)/, what: 'MQTT' },
  {
    package: /^openai$/,
    files: /^(diagnosis\/(model|model-faults|whole-answers)\.ts|training\/trainer-client\.ts)$/,
    what: 'the model API',
  },
  { package: /^(kysely|pg|node:sqlite)/, files: /^(store\/|.*\/(\w+-)?records\.ts$)/, what: 'SQL' },
]

type Import = { file: string; room: string; target: string; isTypeOnly: boolean }

const root = join(import.meta.dirname, '../../src')
const files = globSync('**/*.ts', { cwd: root }).filter((file) => !file.includes(`page${sep}client`))
const imports = files.flatMap((file) => importsOf(file))

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = text.matchAll(
    /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|import\('([^']+)'\)/gm,
  )
  return [...found].map(([, type, from, bare, dynamic]) => {
    const target = from ?? bare ?? dynamic ?? ''
    const path = target.startsWith('.') ? relative(root, join(root, dirname(file), target)) : target
    return { file, room: roomOf(file), target: path, isTypeOnly: type !== undefined }
  })
}

function roomOf(path: string): string {
  return (path.split(sep)[0] ?? '').replace(/\.ts$/, '')
}

const stepOf = (room: string) => STEPS.findIndex((rooms) => rooms.includes(room))

describe('the house', () => {
  it('has only rooms with a place on the steps', () => {
    const rooms = new Set(files.map(roomOf))
    rooms.delete('config')
    expect([...rooms].filter((room) => stepOf(room) < 0)).toEqual([])
  })

  it('lets imports only fall', () => {
    const rising = imports.filter(({ room, target }) => {
      if (!isOurs(target) || room === roomOf(target)) return false
      if (roomOf(target) === 'config') return !CONFIG_USERS.includes(room)
      if (room === 'config') return false
      return stepOf(roomOf(target)) <= stepOf(room)
    })
    expect(rising.map(({ file, target }) => `${file} -> ${target}`)).toEqual([])
  })

  it('keeps the sandbox apart from the product, but for the catalog’s data', () => {
    const shared = imports.filter(
      ({ room, target }) => room === 'sandbox' && isOurs(target) && roomOf(target) !== 'sandbox',
    )
    expect(shared.filter(({ target }) => !target.startsWith(join('catalog', 'data')))).toEqual([])
  })

  it.each(DOORS)('knows $what behind one door', ({ package: behind, files: allowed }) => {
    const others = imports.filter(
      ({ file, room, target, isTypeOnly }) =>
        behind.test(target) && !allowed.test(file.split(sep).join('/')) && room !== 'sandbox' && !isTypeOnly,
    )
    expect(others.map(({ file, target }) => `${file} -> ${target}`)).toEqual([])
  })
})

function isOurs(target: string): boolean {
  return files.includes(target) || (/^(\w+)[\\/]/.test(target) === true && target.endsWith('.ts'))
}
