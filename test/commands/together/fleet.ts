import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { connectAsync } from 'mqtt'

/** How a unit answers a command. */
export type Manner = 'works' | 'fails' | 'silent' | 'twice' | 'backwards' | 'garbage'
const MANNERS: readonly Manner[] = ['works', 'works', 'works', 'fails', 'silent', 'twice', 'backwards', 'garbage']

/** Units of their own on any broker, counting what reaches them. */
export type Fleet = AsyncDisposable & {
  devices: readonly string[]
  mannerOf(device: string): Manner
  /** How often each command id was heard, by any unit. */
  heard: ReadonlyMap<string, number>
}

export async function openFleet(brokerUrl: string, count: number): Promise<Fleet> {
  const first = randomInt(0, 9_000 - count)
  const letter = 'GHJKLMNPQRSUVWXYZ'.charAt(randomInt(0, 17))
  const devices = Array.from({ length: count }, (_, i) => `HC5000-${letter}-${String(first + i).padStart(4, '0')}`)
  const manners = new Map(devices.map((device, i) => [device, MANNERS[i % MANNERS.length] ?? 'works']))
  const heard = new Map<string, number>()
  const client = await connectAsync(brokerUrl, { clientId: `fleet-${letter}-${first}` })
  const at = () => new Date().toISOString()
  const say = (device: string, channel: string, payload: unknown, retain = false) =>
    client.publishAsync(
      `hydrocore/${device}/${channel}`,
      typeof payload === 'string' ? payload : JSON.stringify(payload),
      { qos: 1, retain },
    )

  const perform = async (device: string, commandId: string) => {
    const result = (state: string, message?: string) => say(device, 'results', { commandId, state, at: at(), message })
    switch (manners.get(device)) {
      case 'silent':
        return
      case 'garbage':
        await say(device, 'results', `{"commandId":"${commandId}","state":"succ`)
        await result('exploded')
        return
      case 'backwards':
        await result('succeeded', 'done')
        await result('running')
        await result('accepted')
        return
      case 'twice':
        for (const state of ['accepted', 'succeeded', 'succeeded', 'failed']) await result(state, state)
        return
      default:
        await result('accepted')
        await wait(20)
        await result(manners.get(device) === 'fails' ? 'failed' : 'succeeded', 'as it is')
    }
  }
  client.on('message', (topic, payload) => {
    const device = topic.split('/')[1] ?? ''
    const { commandId } = JSON.parse(payload.toString()) as { commandId: string }
    heard.set(commandId, (heard.get(commandId) ?? 0) + 1)
    void perform(device, commandId).catch(() => undefined)
  })
  await client.subscribeAsync(
    devices.map((device) => `hydrocore/${device}/commands`),
    { qos: 1 },
  )
  for (const device of devices) await say(device, 'status', { online: true, at: at() }, true)
  return {
    devices,
    mannerOf: (device) => manners.get(device) ?? 'works',
    heard,
    async [Symbol.asyncDispose]() {
      for (const device of devices) await say(device, 'status', '', true)
      await client.endAsync()
    },
  }
}
