import { z } from 'zod'
import type { DeviceAction, Requests } from '../page/contract.ts'
import { LIMITS } from './limits.ts'

/** What the page may ask for, read at the door; the contract says what it means. */
const id = z.string().min(1).max(255)
const stateValue = z.looseObject({ type: z.string() })
const stateValues = z.record(z.string(), z.record(z.string(), stateValue))
/** A little more than Slack keeps of a message, so that the cutting can be seen. */
const words = z.string().max(LIMITS.message.text * 3)

export const REQUESTS = {
  '/sandbox/messages': z.object({
    user: id,
    channel: id,
    text: words,
    threadTs: id.optional(),
    alsoToChannel: z.boolean().optional(),
    forward: z.object({ channel: id, ts: id }).optional(),
    files: z
      .array(z.object({ name: id, text: z.string().max(1_000_000) }))
      .max(10)
      .optional(),
  }),
  '/sandbox/messages/edit': z.object({ user: id, channel: id, ts: id, text: words }),
  '/sandbox/messages/delete': z.object({ user: id, channel: id, ts: id }),
  '/sandbox/commands': z.object({ user: id, channel: id, command: id, text: words }),
  '/sandbox/shortcuts': z.object({ user: id, callbackId: id, channel: id.optional(), ts: id.optional() }),
  '/sandbox/reactions': z.object({ user: id, channel: id, ts: id, name: id, present: z.boolean() }),
  '/sandbox/actions': z.object({
    user: id,
    container: z.discriminatedUnion('type', [
      z.object({ type: z.literal('message'), channel: id, ts: id }),
      z.object({ type: z.literal('view'), viewId: id }),
    ]),
    action: z.record(z.string(), z.unknown()),
    state: stateValues.optional(),
  }),
  '/sandbox/views/submit': z.object({ user: id, viewId: id, values: stateValues }),
  '/sandbox/views/close': z.object({ user: id, viewId: id }),
  '/sandbox/home': z.object({ user: id, tab: z.enum(['home', 'messages']) }),
  '/sandbox/options': z.object({ user: id, viewId: id, actionId: id, blockId: id, value: z.string().max(3_000) }),
} as const satisfies { [Path in Exclude<keyof Requests, '/sandbox/devices'>]: z.ZodType }

export const DeviceRequest: z.ZodType<DeviceAction> = z.discriminatedUnion('action', [
  z.object({ action: z.enum(['raise', 'clear']), code: id }),
  z.object({ action: z.literal('power'), online: z.boolean() }),
  z.object({
    action: z.literal('behave'),
    behaviour: z.enum(['works', 'fails', 'rejects', 'late', 'silent', 'garbage', 'repeats']),
  }),
])
