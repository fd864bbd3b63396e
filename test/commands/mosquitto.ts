import { once } from 'node:events'
import { createConnection } from 'node:net'

/** A broker as people run it. */
export const MOSQUITTO = process.env.TEST_MQTT_URL ?? 'mqtt://127.0.0.1:1883'

/** Why its tests cannot run here, or null. Never skipped where every test must run. */
export async function whyNoMosquitto(): Promise<string | null> {
  if (process.env.CI === 'true') return null
  const { hostname, port } = new URL(MOSQUITTO)
  const socket = createConnection({ host: hostname, port: Number(port || 1883) })
  try {
    await once(socket, 'connect')
    return null
  } catch {
    return `nothing answers at ${MOSQUITTO}`
  } finally {
    socket.destroy()
  }
}
