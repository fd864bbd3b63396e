import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, chmod, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { temporaryFolder } from './folder.ts'
import { freePort } from './free-port.ts'
import type { Server } from './postgres.ts'

/** Debian installs it where only root's PATH leads. */
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin']

/** Starts Mosquitto on a free port; null where it isn't installed. It ends when disposed. */
export async function startMosquitto(): Promise<Server | null> {
  const program = await findProgram('mosquitto')
  if (program === null) return null
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(await temporaryFolder()).path
  const port = await freePort()
  const settings = join(folder, 'mosquitto.conf')
  await writeFile(
    settings,
    [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence false', 'set_tcp_nodelay true', ''].join('\n'),
  )
  // As root, Mosquitto steps down to a user of its own, who reads the settings.
  await chmod(folder, 0o755)
  const broker = spawn(program, ['-c', settings], { stdio: ['ignore', 'ignore', 'pipe'] })
  opened.defer(async () => {
    if (broker.exitCode !== null || !broker.kill()) return
    await once(broker, 'exit')
  })
  const log: string[] = []
  for await (const line of createInterface(broker.stderr)) {
    log.push(line)
    if (/mosquitto version .* running/.test(line)) break
  }
  if (broker.exitCode !== null) throw new Error(`Mosquitto did not start:\n${log.join('\n')}`)
  broker.stderr.resume()
  const held = opened.move()
  return { url: `mqtt://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => held.disposeAsync() }
}

async function findProgram(name: string): Promise<string | null> {
  for (const folder of FOLDERS) {
    const path = join(folder, name)
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return null
}
