import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'

it.each(['before it is ready', 'later'])('a sandbox ends with its parent, who may go %s', async (when) => {
  await using folder = await temporaryFolder()
  const addressesFile = join(folder.path, 'sandbox.json')
  const child = fork(new URL('../../src/sandbox/main.ts', import.meta.url), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const ended = once(child, 'exit')
  const options = { folder: folder.path, fresh: true, port: 0, addressesFile, commands: [], shortcuts: [] }
  if (when === 'later') {
    const ready = once(child, 'message')
    child.send(options)
    await ready
    expect(existsSync(addressesFile)).toBe(true)
  } else await new Promise((sent) => child.send(options, sent))
  child.disconnect()
  expect(await ended).toEqual([0, null])
  expect(existsSync(addressesFile)).toBe(false)
})
