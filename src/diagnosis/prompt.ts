import type { ChatMessage } from './model/chat-message.ts'

/** The system prompt of training and serving; changing it means training again. */
export const SYSTEM_PROMPT =
  'You are an expert support assistant for the HydroCore 5000 water monitoring system. You translate error codes into clear explanations and actions.'

export const CLASSIFIER_PROMPT =
  'You are an IoT log classifier. Categories: [Connectivity, Power, Sensor_Fault, Security]'

export const CATEGORIES = ['Connectivity', 'Power', 'Sensor_Fault', 'Security'] as const
export type Category = (typeof CATEGORIES)[number]

/** An earlier question of the thread and its answer. */
export type Turn = { question: string; answer: string }

/** Enough for "and if that doesn't help?", few enough to stay fast. */
const REMEMBERED_TURNS = 4

/** What the model is asked, in the shape it was trained on. */
export function buildPrompt(question: string, turns: readonly Turn[] = []): ChatMessage[] {
  return [
    { role: 'system', content: SYSTEM_PROMPT },
    ...turns.slice(-REMEMBERED_TURNS).flatMap((turn): ChatMessage[] => [
      { role: 'user', content: turn.question },
      { role: 'assistant', content: turn.answer },
    ]),
    { role: 'user', content: question },
  ]
}

export function buildClassifierPrompt(line: string): ChatMessage[] {
  return [
    { role: 'system', content: CLASSIFIER_PROMPT },
    { role: 'user', content: `Log: ${line}` },
  ]
}
