import { describe, expect, it } from 'vitest'
import { circles, files, imports, isOurs, roomsOf } from './imports.ts'

/**
 * The order of the rooms, and of the rooms inside a room, from the top down. A room may use what stands on a lower step;
 * rooms on one step don't know each other. `*` stands for the files of a room that aren't named.
 */
const STEPS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  '': [
    ['main'],
    ['start', 'cli', 'sandbox'],
    ['app'],
    ['slack', 'training'],
    ['feedback'],
    ['diagnosis', 'commands', 'formats'],
    ['outbox'],
    ['catalog', 'store'],
    ['lib'],
  ],
  slack: [
    ['slack'],
    ['alerts'],
    ['questions', 'hydrocore', 'reviews', 'work-orders', 'log-lines'],
    ['commands', 'models', 'feedback', 'exports', 'tools', 'progress'],
    ['home', 'connection', 'posting'],
    ['blocks'],
    ['platform'],
  ],
  training: [['models'], ['jobs'], ['bundle', 'evaluation'], ['datasets'], ['checks'], ['*'], ['data']],
  feedback: [['labels'], ['review'], ['exports'], ['corrections', 'votes'], ['*']],
  commands: [['*'], ['alerts', 'audit', 'work-orders'], ['devices'], ['row-mapping'], ['command'], ['state-machine']],
  diagnosis: [['questions'], ['diagnose'], ['conversation'], ['*'], ['reading'], ['model'], ['data']],
}

/** Settings are read at the top and handed down; their types are made of the parts' own. */
const CONFIG_USERS = ['start', 'cli', 'sandbox', 'app', 'config']

const MAX_FILES = 25

/** One door each: the only files that may import the package behind it. */
const DOORS: readonly { package: RegExp; files: RegExp; what: string }[] = [
  { package: /^@slack\//, files: /^slack\//, what: 'Slack' },
  { package: /^mqtt$/, files: /^(commands\/devices\/gateway\.ts|sandbox\/)/, what: 'MQTT' },
  {
    package: /^openai$/,
    files: /^(diagnosis\/model\/(chat-stream|model-faults|chat-completion)\.ts|training\/jobs\/trainer-client\.ts)$/,
    what: 'the model API',
  },
  { package: /^(kysely|pg|node:sqlite)/, files: /^(store\/|outbox\/|.*\/(\w+-)*records\.ts$)/, what: 'SQL' },
]

const nested = Object.entries(STEPS).map(([room, steps]) => ({ room, steps, title: room || 'the house' }))
const inHouse = imports.filter(({ target }) => isOurs(target))

describe('imports', () => {
  it.each(nested)('have a step for each room of $title', ({ room, steps }) => {
    const names = new Set(files.flatMap((file) => nameIn(room, file) ?? []))
    if (room === '') names.delete('config')
    const known = steps.flat()
    expect([...names].filter((name) => !known.includes(name) && !(known.includes('*') && isFile(room, name)))).toEqual(
      [],
    )
  })

  it.each(nested)('only fall in $title', ({ room, steps }) => {
    const stepOf = (name: string) => {
      const step = steps.findIndex((names) => names.includes(name))
      return step < 0 ? steps.findIndex((names) => names.includes('*')) : step
    }
    const rising = inHouse.filter(({ file, target }) => {
      const from = nameIn(room, file)
      const to = nameIn(room, target)
      if (from === null || to === null || from === to) return false
      if (to === 'config') return !CONFIG_USERS.includes(from)
      if (from === 'config') return false
      if (stepOf(from) === stepOf(to))
        return !(steps[stepOf(from)]?.includes('*') && isFile(room, from) && isFile(room, to))
      return stepOf(to) < stepOf(from)
    })
    expect(rising.map(({ file, target }) => `${file} -> ${target}`)).toEqual([])
  })

  it('run in no circle, but for the page’s renderers, which are as recursive as Block Kit', () => {
    expect(circles().filter((circle) => !circle.every((file) => file.startsWith('sandbox/page/client/')))).toEqual([])
  })

  it('keep the sandbox apart from the product, but for the catalog’s data', () => {
    const shared = inHouse.filter(({ file, target }) => file.startsWith('sandbox/') && !target.startsWith('sandbox/'))
    expect(shared.filter(({ target }) => !target.startsWith('catalog/data/'))).toEqual([])
  })

  it.each(DOORS)('know $what behind one door', ({ package: behind, files: allowed }) => {
    const others = imports.filter(
      ({ file, target, isTypeOnly }) =>
        behind.test(target) && !allowed.test(file) && !file.startsWith('sandbox/') && !isTypeOnly,
    )
    expect(others.map(({ file, target }) => `${file} -> ${target}`)).toEqual([])
  })
})

describe('folders', () => {
  it(`hold ${MAX_FILES} files at most`, () => {
    const counts = Object.entries(Object.groupBy(files, (file) => roomsOf(file).slice(0, -1).join('/')))
    expect(counts.filter(([, inside]) => (inside?.length ?? 0) > MAX_FILES).map(([folder]) => folder)).toEqual([])
  })
})

/** The folder or file of a room that a path belongs to; null outside of the room. */
function nameIn(room: string, path: string): string | null {
  const rooms = roomsOf(path)
  if (room === '') return rooms[0] ?? null
  return rooms[0] === room ? (rooms[1] ?? null) : null
}

function isFile(room: string, name: string): boolean {
  return files.includes(room === '' ? `${name}.ts` : `${room}/${name}.ts`)
}
