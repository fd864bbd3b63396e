import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { connectAsync } from 'mqtt'

/** Units that take commands at once and work for a known time. */
export type Units = AsyncDisposable & {
  devices: readonly string[]
  /** What this unit itself took for its last command, from hearing it to the broker's having its result. */
  ownMs(device: string): number
}

/** Long enough that each state is a message of its own, as with real work. */
const WORK_MS = 60

export async function startUnits(brokerUrl: string, count: number): Promise<Units> {
  const first = randomInt(9_000 - count)
  const devices = Array.from({ length: count }, (_, i) => `HC5000-Q-${String(first + i).padStart(4, '0')}`)
  const own = new Map<string, number>()
  const client = await connectAsync(brokerUrl, { clientId: `units-${first}` })
  const say = (device: string, channel: string, payload: object | '', retain = false) =>
    client.publishAsync(`hydrocore/${device}/${channel}`, payload === '' ? '' : JSON.stringify(payload), {
      qos: 1,
      retain,
    })

  const perform = async (device: string, commandId: string) => {
    const heardAt = performance.now()
    const result = (state: string) => say(device, 'results', { commandId, state, at: new Date().toISOString() })
    await result('accepted')
    await wait(WORK_MS)
    await result('succeeded')
    own.set(device, performance.now() - heardAt)
  }
  client.on('message', (topic, payload) => {
    const { commandId } = JSON.parse(payload.toString()) as { commandId: string }
    void perform(topic.split('/')[1] ?? '', commandId)
  })
  await client.subscribeAsync(
    devices.map((device) => `hydrocore/${device}/commands`),
    { qos: 1 },
  )
  for (const device of devices) await say(device, 'status', { online: true, at: new Date().toISOString() }, true)
  return {
    devices,
    ownMs: (device) => own.get(device) ?? 0,
    async [Symbol.asyncDispose]() {
      for (const device of devices) await say(device, 'status', '', true)
      await client.endAsync()
    },
  }
}
