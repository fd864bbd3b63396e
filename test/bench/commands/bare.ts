import { randomUUID } from 'node:crypto'
import { App } from '@slack/bolt'
import { connectAsync } from 'mqtt'

/** The baseline: what Bolt and `mqtt` do by themselves, with nothing stored, checked or kept from being sent twice. */
const { SLACK_BOT_TOKEN = '', SLACK_APP_TOKEN = '', SLACK_API_URL = '', MQTT_URL = '' } = process.env
const app = new App({
  token: SLACK_BOT_TOKEN,
  appToken: SLACK_APP_TOKEN,
  socketMode: true,
  clientOptions: { slackApiUrl: SLACK_API_URL },
})
const broker = await connectAsync(MQTT_URL)
const waiting = new Map<string, (state: string) => void>()
broker.on('message', (_topic, payload) => {
  const { commandId, state } = JSON.parse(payload.toString()) as { commandId: string; state: string }
  waiting.get(commandId)?.(state)
})
await broker.subscribeAsync('hydrocore/+/results', { qos: 1 })

app.message(async ({ message, say }) => {
  if (message.subtype || message.channel_type !== 'im') return
  const device = /HC5000-\w-\d{4}/.exec(message.text ?? '')?.[0] ?? ''
  const button = { type: 'button' as const, text: { type: 'plain_text' as const, text: 'Run CLEAN_TURB' } }
  await say({
    text: `E-02 on ${device}`,
    blocks: [{ type: 'actions', elements: [{ ...button, action_id: 'run', value: device }] }],
    thread_ts: message.ts,
  })
})
app.action('run', async ({ ack, action, body, client }) => {
  await ack()
  if (body.type !== 'block_actions' || action.type !== 'button') return
  const commandId = `cmd_${randomUUID()}`
  const at = { channel: body.channel?.id ?? '', ts: body.message?.ts ?? '' }
  waiting.set(commandId, (state) => void client.chat.update({ ...at, text: state, blocks: [] }))
  const expiresAt = new Date(Date.now() + 120_000).toISOString()
  const command = { commandId, command: 'CLEAN_TURB', requestedAt: new Date().toISOString(), expiresAt }
  await broker.publishAsync(`hydrocore/${action.value}/commands`, JSON.stringify(command), { qos: 1 })
  await client.chat.update({ ...at, text: 'sent', blocks: [] })
})

await app.start()
