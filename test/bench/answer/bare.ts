import { App } from '@slack/bolt'
import OpenAI from 'openai'
import { SYSTEM_PROMPT } from '../../../src/diagnosis/prompt.ts'

/** The baseline: what Bolt and `openai` do by themselves, with nothing stored, checked or offered. */
const { SLACK_BOT_TOKEN = '', SLACK_APP_TOKEN = '', SLACK_API_URL = '', ASSISTANT_MODEL = '' } = process.env
const openai = new OpenAI()
const app = new App({
  token: SLACK_BOT_TOKEN,
  appToken: SLACK_APP_TOKEN,
  socketMode: true,
  clientOptions: { slackApiUrl: SLACK_API_URL },
})

async function answer(text: string): Promise<string> {
  const { choices } = await openai.chat.completions.create({
    model: ASSISTANT_MODEL,
    messages: [
      { role: 'system', content: SYSTEM_PROMPT },
      { role: 'user', content: text },
    ],
  })
  return choices[0]?.message.content ?? ''
}

app.event('app_mention', async ({ event, say }) => {
  await say({ text: await answer(event.text), thread_ts: event.thread_ts ?? event.ts })
})
app.message(async ({ message, say }) => {
  if (message.subtype || message.channel_type !== 'im') return
  await say({ text: await answer(message.text ?? ''), thread_ts: message.thread_ts ?? message.ts })
})

await app.start()
