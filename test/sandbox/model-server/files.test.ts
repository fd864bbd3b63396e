import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toFile, toStreamingFile } from 'openai'
import { expect, it } from 'vitest'
import { openFiles } from '../../../src/sandbox/model-server/files.ts'
import { openFolder } from '../../../src/sandbox/model-server/folder.ts'
import { startModelServer } from '../../../src/sandbox/model-server/start.ts'
import { heldBytes } from '../../support/memory.ts'
import { COFFEE_ROWS, row, toJsonl } from './coffee.ts'
import { clientOf, upload } from './support.ts'

const quiet = () => undefined

it('takes a file, gives it back byte for byte, lists it and forgets it', async () => {
  await using server = await startModelServer()
  const client = clientOf(server)
  const content = toJsonl(COFFEE_ROWS)
  const id = await upload(client, content, 'coffee machines.jsonl')
  expect(await client.files.retrieve(id)).toMatchObject({
    object: 'file',
    bytes: Buffer.byteLength(content),
    filename: 'coffee machines.jsonl',
    purpose: 'fine-tune',
    status: 'processed',
  })
  expect(await (await client.files.content(id)).text()).toBe(content)
  expect((await client.files.list({ purpose: 'fine-tune' })).data.map((file) => file.id)).toEqual([id])
  expect((await client.files.list({ purpose: 'batch' })).data).toEqual([])
  expect(await client.files.delete(id)).toEqual({ id, object: 'file', deleted: true })
  await expect(client.files.retrieve(id)).rejects.toMatchObject({ status: 404 })
  await expect(client.files.content(id)).rejects.toMatchObject({ status: 404 })
})

it('pages through files, the newest first or the oldest', async () => {
  await using server = await startModelServer()
  const client = clientOf(server)
  const ids: string[] = []
  for (let i = 0; i < 5; i += 1) ids.push(await upload(client, toJsonl([{ number: i }]), `${i}.jsonl`))
  const listed: string[] = []
  for await (const file of client.files.list({ limit: 2 })) listed.push(file.id)
  expect(listed).toEqual(ids.toReversed())
  const oldest = await client.files.list({ order: 'asc', limit: 1 })
  expect(oldest.data.map((file) => file.id)).toEqual([ids[0]])
  await expect(client.files.list({ after: 'file-none' })).rejects.toMatchObject({ status: 400, param: 'after' })
})

it('refuses lines that are no JSON objects, with their numbers', async () => {
  await using server = await startModelServer()
  const client = clientOf(server)
  const content = `${toJsonl(COFFEE_ROWS.slice(0, 2))}{"messages":\n\n[1,2]\n${toJsonl(COFFEE_ROWS.slice(2, 12))}`
  const refused = upload(client, content)
  await expect(refused).rejects.toMatchObject({ status: 400, code: 'invalid_file_format', param: 'file' })
  await expect(refused).rejects.toThrow(/Line 3: .*valid JSON.* Line 5: .*not a JSON object/)
  const notUtf8 = await toFile(
    Buffer.concat([Buffer.from('{"a":1}\n{"a":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}\n')]),
    'a.jsonl',
  )
  await expect(client.files.create({ file: notUtf8, purpose: 'fine-tune' })).rejects.toThrow(/Line 2: .*UTF-8/)
  expect((await client.files.list()).data).toEqual([])
})

it('refuses what is no upload: no file, no purpose, another ending, nothing in it, an unknown purpose', async () => {
  await using server = await startModelServer()
  const client = clientOf(server)
  const post = async (body: FormData | string) => {
    const response = await fetch(`${server.url}/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.apiKey}` },
      body,
    })
    return { status: response.status, body: await response.text() }
  }
  const form = (fields: Record<string, string | File>) => {
    const data = new FormData()
    for (const [name, value] of Object.entries(fields)) data.append(name, value)
    return data
  }
  const file = new File(['{}\n'], 'a.jsonl')
  for (const [body, why] of [
    ['hello', /multipart/],
    [form({ purpose: 'fine-tune' }), /'file' is a required/],
    [form({ file }), /'purpose' is a required/],
    [form({ file, purpose: 'fun' }), /'fun' is not one of/],
    [form({ file: new File(['x'], 'a.txt'), purpose: 'fine-tune' }), /must be \.jsonl/],
    [form({ file: new File([], 'a.jsonl'), purpose: 'fine-tune' }), /empty/],
  ] as const) {
    const answer = await post(body)
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body)).toMatchObject({ error: { type: 'invalid_request_error' } })
    expect(answer.body).toMatch(why)
  }
  expect((await client.files.list()).data).toEqual([])
})

it('streams 100,000 rows to disk without holding them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'model-server-test-'))
  try {
    await using server = await startModelServer({ folder })
    const client = clientOf(server)
    const line = `${JSON.stringify(row('What does F-11 mean?', 'x'.repeat(400)))}\n`
    const block = Buffer.from(line.repeat(1_000))
    const before = heldBytes()
    let most = 0
    async function* rows() {
      for (let i = 0; i < 100; i += 1) {
        // A copy: of one and the same block nobody could hold too many.
        yield Buffer.from(block)
        if (i % 10 === 9) most = Math.max(most, heldBytes() - before)
      }
    }
    const file = await client.files.create(
      { file: toStreamingFile(rows(), 'many.jsonl'), purpose: 'fine-tune' },
      // Otherwise the client itself holds all that it has sent.
      { fetchOptions: { redirect: 'error' } },
    )
    expect(file.bytes).toBe(block.length * 100)
    expect(most).toBeLessThan(file.bytes / 2)
    expect(await readdir(join(folder, 'uploads'))).toEqual([])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}, 30_000)

it('breaks off an upload that is larger than allowed, and keeps nothing of it', async () => {
  await using folder = await openFolder(undefined, quiet)
  const files = await openFiles(folder, 1_000)
  async function* tooMuch() {
    for (let i = 0; i < 20; i += 1) yield Buffer.alloc(100, 'x')
  }
  await expect(files.receive(tooMuch())).rejects.toMatchObject({ status: 413 })
  expect(await readdir(folder.path('uploads'))).toEqual([])
})

it('keeps nothing of an upload whose client goes away', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'model-server-test-'))
  try {
    const gone = new AbortController()
    {
      await using server = await startModelServer({ folder })
      async function* endless() {
        yield Buffer.from('{"a":1}\n')
        gone.abort()
        await new Promise(() => undefined)
      }
      const uploading = clientOf(server).files.create(
        { file: toStreamingFile(endless(), 'a.jsonl'), purpose: 'fine-tune' },
        { signal: gone.signal },
      )
      await expect(uploading).rejects.toThrow()
      expect((await clientOf(server).files.list()).data).toEqual([])
    }
    expect(await readdir(join(folder, 'files'))).toEqual([])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
