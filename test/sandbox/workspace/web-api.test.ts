import { describe, expect, it } from 'vitest'
import { openStage, platformError, webClient } from './stage.ts'

describe('the Web API', () => {
  it('says who the app is, and refuses strange tokens', async () => {
    await using stage = await openStage()
    expect(await stage.client.auth.test()).toMatchObject({
      ok: true,
      user_id: stage.workspace.people.bot,
      bot_id: 'B0HYDRO001',
    })
    expect(await platformError(webClient(stage.workspace, 'xoxb-other').auth.test())).toBe('invalid_auth')
    const bare = await fetch(`${stage.workspace.apiUrl}auth.test`, { method: 'POST' })
    expect(await bare.json()).toEqual({ ok: false, error: 'not_authed' })
  })

  it('answers unknown_method for everything else', async () => {
    await using stage = await openStage()
    expect(await platformError(stage.client.apiCall('chat.scheduleMessage', {}))).toBe('unknown_method')
    expect(await platformError(stage.client.apiCall('constructor', {}))).toBe('unknown_method')
  })

  it('reads forms, JSON, and arguments in the address', async () => {
    await using stage = await openStage()
    const headers = { authorization: `Bearer ${stage.workspace.botToken}` }
    const json = await fetch(`${stage.workspace.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ channel: '#field-support', text: 'from JSON', unfurl_links: false }),
    })
    expect(await json.json()).toMatchObject({ ok: true, channel: stage.workspace.channels.fieldSupport })
    const got = await fetch(`${stage.workspace.apiUrl}users.info?user=${stage.workspace.people.guest}`, { headers })
    expect(await got.json()).toMatchObject({ ok: true, user: { is_restricted: true, is_bot: false } })
    const broken = await fetch(`${stage.workspace.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{"channel":',
    })
    expect(await broken.json()).toEqual({ ok: false, error: 'invalid_form_data' })
    const incomplete = await stage.client.apiCall('chat.postMessage', { text: 'x' }).catch((error) => error.data)
    expect(incomplete).toMatchObject({
      error: 'invalid_arguments',
      response_metadata: { messages: ['[ERROR] missing required field: channel'] },
    })
  })

  it('refuses a method whose scope was not granted', async () => {
    await using stage = await openStage({ scopes: ['chat:write', 'users:read'] })
    const refused = await stage.client.reactions
      .add({ channel: 'C0FIELD001', timestamp: '1.1', name: 'eyes' })
      .catch((error) => error.data)
    expect(refused).toMatchObject({
      error: 'missing_scope',
      needed: 'reactions:write',
      provided: 'chat:write,users:read',
    })
    const { channels } = stage.workspace
    expect(await platformError(stage.client.conversations.history({ channel: channels.fieldSupport }))).toBe(
      'missing_scope',
    )
    const { user } = await stage.client.users.info({ user: stage.workspace.people.technician })
    expect(user?.profile?.email).toBeUndefined()
  })

  it('tells an unknown channel from one the app is not in', async () => {
    await using stage = await openStage()
    const post = (channel: string) => platformError(stage.client.chat.postMessage({ channel, text: 'x' }))
    expect(await post('C0NOWHERE1')).toBe('channel_not_found')
    expect(await post(stage.workspace.channels.general)).toBe('not_in_channel')
    expect(await post('general')).toBe('not_in_channel')
    const { channel } = await stage.client.chat.postMessage({ channel: stage.workspace.people.guest, text: 'x' })
    expect(channel).toBe(stage.workspace.directMessage(stage.workspace.people.guest))
  })

  it('edits and deletes only what the app wrote', async () => {
    await using stage = await openStage()
    const { channels, people } = stage.workspace
    const tessa = await stage.seat(people.technician)
    const theirs = { channel: channels.fieldSupport, ts: await tessa.say(channels.fieldSupport, 'mine') }
    expect(await platformError(stage.client.chat.update({ ...theirs, text: 'x' }))).toBe('cant_update_message')
    expect(await platformError(stage.client.chat.delete(theirs))).toBe('cant_delete_message')
    const { ts = '' } = await stage.client.chat.postMessage({ channel: channels.fieldSupport, text: 'one' })
    const own = { channel: channels.fieldSupport, ts }
    await stage.client.chat.update({ ...own, text: 'two' })
    await tessa.waitFor(({ messages }) => messages.find((one) => one.ts === ts && one.isEdited && one.text === 'two'))
    await stage.client.chat.delete(own)
    await tessa.waitFor(({ messages }) => messages.every((one) => one.ts !== ts))
    expect(await platformError(stage.client.chat.update({ ...own, text: 'x' }))).toBe('message_not_found')
  })

  it('drops the old blocks when an update brings only text', async () => {
    await using stage = await openStage()
    const channel = stage.workspace.channels.fieldSupport
    const { ts = '' } = await stage.client.chat.postMessage({ channel, text: 'x', blocks: [{ type: 'divider' }] })
    const { message } = await stage.client.chat.update({ channel, ts, text: 'only text' })
    expect(message).not.toHaveProperty('blocks')
  })

  it('keeps threads together under their root', async () => {
    await using stage = await openStage()
    const channel = stage.workspace.channels.fieldSupport
    const { ts: root = '' } = await stage.client.chat.postMessage({ channel, text: 'root' })
    const { ts: reply = '' } = await stage.client.chat.postMessage({ channel, text: 'reply', thread_ts: root })
    await stage.client.chat.postMessage({ channel, text: 'reply to the reply', thread_ts: reply })
    const { messages } = await stage.client.conversations.replies({ channel, ts: root })
    expect(messages?.map(({ text, thread_ts }) => [text, thread_ts])).toEqual([
      ['root', root],
      ['reply', root],
      ['reply to the reply', root],
    ])
    const { messages: top } = await stage.client.conversations.history({ channel })
    expect(top).toMatchObject([{ text: 'root', reply_count: 2, latest_reply: expect.any(String) }])
    const nowhere = { channel, text: 'x', thread_ts: '1.000001' }
    expect(await platformError(stage.client.chat.postMessage(nowhere))).toBe('thread_not_found')
  })

  it('lists history by range and in pages', async () => {
    await using stage = await openStage()
    const channel = stage.workspace.channels.fieldSupport
    const stamps: string[] = []
    for (const text of ['a', 'b', 'c', 'd']) {
      stamps.push((await stage.client.chat.postMessage({ channel, text })).ts ?? '')
    }
    const texts = async (range: object) =>
      (await stage.client.conversations.history({ channel, ...range })).messages?.map(({ text }) => text)
    expect(await texts({})).toEqual(['d', 'c', 'b', 'a'])
    expect(await texts({ oldest: stamps[1], latest: stamps[3] })).toEqual(['c'])
    expect(await texts({ oldest: stamps[1], latest: stamps[1], inclusive: true })).toEqual(['b'])
    const pages: string[] = []
    for await (const page of stage.client.paginate('conversations.history', { channel, limit: 3 })) {
      pages.push(((page as { messages?: { text: string }[] }).messages ?? []).map(({ text }) => text).join(''))
    }
    expect(pages).toEqual(['dcb', 'a'])
  })

  it('describes channels, members, people and groups', async () => {
    await using stage = await openStage()
    const { channels, people } = stage.workspace
    expect((await stage.client.conversations.info({ channel: channels.general })).channel).toMatchObject({
      is_member: false,
      is_im: false,
      is_ext_shared: false,
    })
    const { members } = await stage.client.conversations.members({ channel: channels.fieldSupport })
    expect(members).toContain(people.guest)
    const { channel } = await stage.client.conversations.open({ users: people.operator })
    expect(channel?.id).toBe(stage.workspace.directMessage(people.operator))
    expect(await platformError(stage.client.conversations.open({ users: 'U0NOBODY01' }))).toBe('user_not_found')
    const { usergroups } = await stage.client.usergroups.list({ include_users: true })
    expect(usergroups).toMatchObject([{ handle: 'operators', users: [people.operator, people.secondOperator] }])
    const { users } = await stage.client.usergroups.users.list({ usergroup: usergroups?.[0]?.id ?? '' })
    expect(users).toEqual([people.operator, people.secondOperator])
    const { members: everyone } = await stage.client.users.list({})
    expect(everyone?.find(({ id }) => id === people.admin)).toMatchObject({ is_admin: true, is_restricted: false })
  })

  it('sets and takes back reactions, each once', async () => {
    await using stage = await openStage()
    const { channels, people } = stage.workspace
    const tessa = await stage.seat(people.technician)
    const timestamp = await tessa.say(channels.fieldSupport, 'E-02')
    const at = { channel: channels.fieldSupport, timestamp, name: 'eyes' }
    await stage.client.reactions.add(at)
    expect(await platformError(stage.client.reactions.add(at))).toBe('already_reacted')
    const message = await tessa.waitFor(({ messages }) => messages.find((one) => one.reactions.length === 1))
    expect(message.reactions).toEqual([{ name: 'eyes', userIds: [people.bot] }])
    await tessa.react(message, 'eyes')
    expect((await stage.client.reactions.get({ channel: at.channel, timestamp })).message?.reactions).toEqual([
      { name: 'eyes', count: 2, users: [people.bot, people.technician] },
    ])
    await stage.client.reactions.remove(at)
    expect(await platformError(stage.client.reactions.remove(at))).toBe('no_reaction')
    expect(await platformError(stage.client.reactions.add({ ...at, name: 'No Such' }))).toBe('invalid_name')
  })

  it('shows a status until the next message of the app, or until it is taken away', async () => {
    await using stage = await openStage()
    const tessa = await stage.seat(stage.workspace.people.technician)
    const thread_ts = await tessa.say(tessa.dm, 'E-02')
    const set = (status: string, extra: object = {}) =>
      platformError(stage.client.assistant.threads.setStatus({ channel_id: tessa.dm, thread_ts, status, ...extra }))
    await set('is thinking', { loading_messages: ['Reading the catalog'] })
    const status = await tessa.waitFor(({ statuses }) => statuses[0])
    expect(status).toEqual({
      channel: tessa.dm,
      threadTs: thread_ts,
      status: 'is thinking',
      loadingMessages: ['Reading the catalog'],
    })
    await set('')
    await tessa.waitFor(({ statuses }) => statuses.length === 0)
    await set('is thinking')
    await tessa.waitFor(({ statuses }) => statuses.length === 1)
    await stage.client.chat.postMessage({ channel: tessa.dm, thread_ts, text: 'done' })
    await tessa.waitFor(({ statuses }) => statuses.length === 0)
    expect(await set('x', { loading_messages: ['x'.repeat(51)] })).toBe('invalid_arguments')
    const unknown = { channel_id: tessa.dm, thread_ts: '1.000001', status: 'x' }
    expect(await platformError(stage.client.assistant.threads.setStatus(unknown))).toBe('invalid_thread_ts')
  })

  it('checks sessions and suggested prompts', async () => {
    await using stage = await openStage({ events: ['message.im'] })
    const tessa = await stage.seat(stage.workspace.people.technician)
    const thread_ts = await tessa.say(tessa.dm, 'E-02')
    const session = (args: object) =>
      stage.client.apiCall('agents.sessions.setStatus', { channel_id: tessa.dm, thread_ts, ...args })
    expect(await session({ status: 'processing', title: 'E-02' })).toMatchObject({
      status: 'processing',
      title: 'E-02',
      warning: 'missing_agent_session_stopped_event_subscription',
    })
    expect(await platformError(session({ status: 'asleep' }))).toBe('invalid_status')
    expect(await platformError(session({ status: 'active', thread_ts: undefined }))).toBe('thread_ts_required')
    const prompts = (count: number, more: object = {}) =>
      platformError(
        stage.client.assistant.threads.setSuggestedPrompts({
          channel_id: tessa.dm,
          prompts: Array.from({ length: count }, () => ({ title: 'What is E-02', message: 'E-02' })) as never,
          ...more,
        }),
      )
    expect([await prompts(4), await prompts(5)]).toEqual(['ok', 'invalid_arguments'])
    expect(stage.log).toEqual([])
    await prompts(1, { thread_ts })
    expect(stage.log).toEqual([expect.stringContaining('shows nothing')])
  })

  it('uploads a file in three steps and shares it', async () => {
    await using stage = await openStage()
    const tessa = await stage.seat(stage.workspace.people.technician)
    const thread_ts = await tessa.say(tessa.dm, 'export please')
    await stage.client.filesUploadV2({
      channel_id: tessa.dm,
      thread_ts,
      filename: 'out.jsonl',
      content: '{"a":1}\n',
      initial_comment: 'Here it is',
    })
    const message = await tessa.waitFor(({ messages }) => messages.find((one) => one.files.length === 1))
    expect(message).toMatchObject({
      text: 'Here it is',
      threadTs: thread_ts,
      files: [{ name: 'out.jsonl', sizeBytes: 8 }],
    })
    const response = await fetch(`${stage.workspace.url}${message.files[0]?.url}`)
    expect(await response.text()).toBe('{"a":1}\n')
    expect(response.headers.get('content-disposition')).toContain('out.jsonl')
    const { file } = await stage.client.files.info({ file: message.files[0]?.id ?? '' })
    expect(file).toMatchObject({ name: 'out.jsonl', size: 8, ims: [tessa.dm] })
    const halfway = await stage.client.files.getUploadURLExternal({ filename: 'never.txt', length: 3 })
    const files = [{ id: halfway.file_id ?? '' }] as never
    expect(await platformError(stage.client.files.completeUploadExternal({ files }))).toBe('file_not_found')
  })

  it('makes permalinks that lead to the page', async () => {
    await using stage = await openStage()
    const channel = stage.workspace.channels.fieldSupport
    const { ts: message_ts = '' } = await stage.client.chat.postMessage({ channel, text: 'x' })
    const { permalink = '' } = await stage.client.chat.getPermalink({ channel, message_ts })
    const response = await fetch(permalink, { redirect: 'manual' })
    expect(response.headers.get('location')).toBe(`/?channel=${channel}&message=p${message_ts.replace('.', '')}`)
  })
})

describe('scripted faults', () => {
  it('meet as many calls as they should, and are written down with all others', async () => {
    await using stage = await openStage()
    const post = () =>
      platformError(stage.client.chat.postMessage({ channel: stage.workspace.channels.fieldSupport, text: 'x' }))
    stage.workspace.faults.add({ method: 'chat.postMessage', error: 'fatal_error', times: 2 })
    expect([await post(), await post(), await post()]).toEqual(['fatal_error', 'fatal_error', 'ok'])
    expect(stage.workspace.calls.map(({ method, ok, error }) => [method, ok, error])).toEqual([
      ['chat.postMessage', false, 'fatal_error'],
      ['chat.postMessage', false, 'fatal_error'],
      ['chat.postMessage', true, null],
    ])
    expect(stage.workspace.calls[2]?.args).not.toHaveProperty('token')
  })

  it('can be limits, broken servers, and answers that get lost', async () => {
    await using stage = await openStage()
    const { faults, channels } = stage.workspace
    const post = () => stage.client.chat.postMessage({ channel: channels.fieldSupport, text: 'x' })
    faults.add({ method: '*', error: 'ratelimited', retryAfterSeconds: 7 })
    await expect(post()).rejects.toMatchObject({ retryAfter: 7 })
    faults.add({ method: 'chat.postMessage', status: 503 })
    await expect(post()).rejects.toMatchObject({ statusCode: 503 })
    faults.add({ method: 'chat.postMessage', body: '<html>' })
    await expect(post()).rejects.toThrow('<html>')
    faults.add({ method: 'chat.postMessage', status: 500, after: true })
    await expect(post()).rejects.toMatchObject({ statusCode: 500 })
    const { messages } = await stage.client.conversations.history({ channel: channels.fieldSupport })
    expect(messages).toHaveLength(1)
    faults.latency(40)
    const before = performance.now()
    await post()
    expect(performance.now() - before).toBeGreaterThan(38)
  })
})
