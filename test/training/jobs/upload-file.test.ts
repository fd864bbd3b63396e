import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { JobEvent } from '../../../src/training/jobs/job-event.ts'
import { createTrainerClient } from '../../../src/training/jobs/trainer-client.ts'
import { uploadFile } from '../../../src/training/jobs/upload-file.ts'
import { heldBytes } from '../../support/memory.ts'
import { temporaryFolder } from '../temporary.ts'

const MIB = 1024 * 1024
const polling = { initialMs: 1, activeMs: 2, maxMs: 5, unreachableTimeoutMs: 60_000, quietAfterMs: 60_000 }

it('a file goes up in the memory of a few chunks, whatever its size', async () => {
  let taken = 0
  await using server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => {
      taken += chunk.length
    })
    request.on('end', () => response.setHeader('content-type', 'application/json').end('{"id":"file-1"}'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const file = join(await temporaryFolder(), 'large.jsonl')
  const bytes = 48 * MIB
  await using out = await open(file, 'w')
  for (let written = 0; written < bytes; written += MIB) await out.write(Buffer.alloc(MIB, 'x'))

  const client = createTrainerClient({ baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'key' })
  const before = heldBytes()
  const held: number[] = []
  const onEvent = (event: JobEvent) => {
    if (event.kind !== 'uploading' || event.sent < 4 * MIB * (held.length + 1)) return
    held.push(heldBytes() - before)
  }
  expect(
    await uploadFile(client, { file, bytes, polling, cachedId: null, onUploaded: async () => {} }, { onEvent }),
  ).toBe('file-1')
  expect(taken).toBeGreaterThan(bytes)
  expect(held).toHaveLength(12)
  expect(Math.max(...held)).toBeLessThan(bytes / 4)
})
