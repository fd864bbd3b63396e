import { startBroker } from '../../../src/sandbox/broker/broker.ts'
import { startModelServer } from '../../../src/sandbox/model-server/start.ts'
import type { Workspace } from '../../../src/sandbox/workspace/options.ts'
import { startWorkspace } from '../../../src/sandbox/workspace/start.ts'
import type { Answers, Marks, Order } from './stage-orders.ts'

/**
 * The stand-ins, in a process of their own that outlives no parent. Each bot gets a workspace of its own, so that none
 * meets what another left; the model server and the broker are the same for all.
 */
const BASE_MODEL = 'generalist-small'

process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit(0))

const [broker, models] = await Promise.all([startBroker({}), startModelServer({ baseModels: [BASE_MODEL] })])
let workspace: Workspace | null = null
let since = { calls: 0, deliveries: 0, ms: 0 }

const here = (): Workspace => {
  if (!workspace) throw new Error('no workspace is open')
  return workspace
}

function marks(): Marks {
  const { calls, deliveries } = here()
  const answered = deliveries()
    .slice(since.deliveries)
    .map(({ reply }) => reply)
  const marked: Marks = {
    calls: calls.slice(since.calls).map(({ method, at, args, error }) => ({
      method,
      at,
      thread: typeof args.thread_ts === 'string' ? args.thread_ts : null,
      error,
    })),
    modelCalls: models.calls.map(({ at }) => at.getTime()).filter((at) => at >= since.ms),
    ackMs: answered.flatMap((reply) => (reply?.state === 'acked' ? [reply.afterMs] : [])),
    unacked: answered.filter((reply) => reply?.state !== 'acked').length,
  }
  since = { calls: calls.length, deliveries: deliveries().length, ms: Date.now() }
  return marked
}

const orders: {
  [Name in Order['name']]: (order: Extract<Order, { name: Name }>) => Promise<Answers[Name]>
} = {
  async addresses() {
    return { broker: broker.url, models: models.url, apiKey: models.apiKey, baseModel: BASE_MODEL }
  },
  async open() {
    workspace = await startWorkspace({ commands: [], shortcuts: [], rateLimits: false })
    since = { calls: 0, deliveries: 0, ms: Date.now() }
    const { url, apiUrl, botToken, appToken, people, channels } = workspace
    const technician = people.technician
    return {
      url,
      apiUrl,
      botToken,
      appToken,
      technician,
      bot: people.bot,
      direct: workspace.directMessage(technician),
      elsewhere: channels.general,
    }
  },
  async connected() {
    await here().connected()
    return undefined
  },
  async pace({ slackMs, firstTokenMs }) {
    here().faults.latency(slackMs)
    models.latency({ firstTokenMs })
    return undefined
  },
  async marks() {
    await here().settled()
    return marks()
  },
  async close() {
    await workspace?.[Symbol.asyncDispose]()
    workspace = null
    return undefined
  },
}

process.on('message', async ({ id, order }: { id: number; order: Order }) => {
  try {
    process.send?.({ id, answer: await orders[order.name](order as never) })
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? error.stack : String(error) })
  }
})
process.send?.('ready')
