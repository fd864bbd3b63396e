import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openStage, platformError } from './stage.ts'

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'workspace-'))
  return { path, state: join(path, 'state.json'), [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

describe('a restart', () => {
  it('keeps messages, threads, reactions, edits and files', async () => {
    await using place = await folder()
    let root = ''
    {
      await using stage = await openStage({ stateFile: place.state })
      const tessa = await stage.seat(stage.workspace.people.technician)
      root = await tessa.say(tessa.dm, 'E-2', { files: [{ name: 'unit.log', text: 'E-02 raised' }] })
      const message = await tessa.waitFor(({ messages }) => messages.find((one) => one.ts === root))
      await tessa.edit(message, 'E-02')
      await tessa.react(message, 'eyes')
      await stage.client.chat.postMessage({
        channel: tessa.dm,
        thread_ts: root,
        text: 'answer',
        blocks: [{ type: 'section', block_id: 'b', text: { type: 'mrkdwn', text: '*answer*' } }],
      })
      await stage.client.chat.postEphemeral({ channel: tessa.dm, user: tessa.userId, text: 'only now' })
      await stage.client.chat.startStream({ channel: tessa.dm, thread_ts: root, markdown_text: 'half an ans' })
    }
    await using stage = await openStage({ stateFile: place.state })
    const tessa = await stage.seat(stage.workspace.people.technician)
    const [message, answer, stream, ...rest] = tessa.messages(tessa.dm)
    expect(rest).toEqual([])
    expect(message).toMatchObject({
      ts: root,
      text: 'E-02',
      isEdited: true,
      replyCount: 2,
      reactions: [{ name: 'eyes' }],
    })
    expect(answer).toMatchObject({ threadTs: root, blocks: [{ block_id: 'b' }] })
    expect(stream).toMatchObject({ markdown: 'half an ans', isStreaming: false })
    const file = await fetch(`${stage.workspace.url}${message?.files[0]?.url}`)
    expect(await file.text()).toBe('E-02 raised')
    const next = await tessa.say(tessa.dm, 'still here')
    expect(next > (stream?.ts ?? '')).toBe(true)
    const at = { channel: tessa.dm, ts: stream?.ts ?? '' }
    expect(await platformError(stage.client.chat.stopStream(at))).toBe('message_not_in_streaming_state')
  })

  it.each([
    ['cut off', '{"version":1,"people":['],
    ['of something else', '{"hello":"there"}'],
    ['empty', ''],
    ['with one odd message', '{"version":1,"people":[],"channels":[],"files":[],"messages":[{"ts":1}]}'],
  ])('with a state file that is %s moves it aside, says so, and starts afresh', async (_, content) => {
    await using place = await folder()
    await writeFile(place.state, content)
    {
      await using stage = await openStage({ stateFile: place.state })
      expect(stage.log).toEqual([expect.stringMatching(/could not be read.*moved to .*broken-/)])
      const tessa = await stage.seat(stage.workspace.people.technician)
      expect(tessa.messages()).toEqual([])
      await tessa.say(tessa.dm, 'a new beginning')
    }
    const names = await readdir(place.path)
    const aside = names.find((name) => name.includes('broken-')) ?? ''
    expect(await readFile(join(place.path, aside), 'utf8')).toBe(content)
    expect(JSON.parse(await readFile(place.state, 'utf8')).messages).toHaveLength(1)
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('with a folder where its state file should be moves that aside, too', async () => {
    await using place = await folder()
    await mkdir(place.state)
    await using stage = await openStage({ stateFile: place.state })
    expect(stage.log).toEqual([expect.stringContaining('moved to')])
  })

  it('that cannot save says so and goes on', async () => {
    await using place = await folder()
    await using stage = await openStage({ stateFile: join(place.state, 'below', 'a', 'file.json') })
    await writeFile(place.state, 'a file where a folder should be')
    const tessa = await stage.seat(stage.workspace.people.technician)
    await tessa.say(tessa.dm, 'hello')
    await stage.workspace.flush()
    expect(stage.log).toEqual([expect.stringContaining('could not be saved')])
  })
})

describe('the port', () => {
  it('is the preferred one, or another when that is taken', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    await using stage = await openStage({ port })
    expect(stage.workspace.portTaken).toBe(true)
    expect(stage.workspace.url).not.toContain(`:${port}`)
    await new Promise((resolve) => server.close(resolve))
    await using second = await openStage({ port })
    expect(second.workspace).toMatchObject({ portTaken: false, url: `http://127.0.0.1:${port}` })
  })
})
