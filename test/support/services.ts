import { startMosquitto } from './mosquitto.ts'
import { type Server, startPostgres } from './postgres.ts'

/** Variables that tell the processes of a run why a server is missing. */
export const POSTGRES_MISSING = 'HYDROCORE_TEST_POSTGRES_MISSING'
export const MOSQUITTO_MISSING = 'HYDROCORE_TEST_MOSQUITTO_MISSING'

type Service = { variable: string; missing: string; start(): Promise<Server | string> }

const POSTGRES: Service = {
  variable: 'TEST_POSTGRES_URL',
  missing: POSTGRES_MISSING,
  start: () => startPostgres().catch((error: unknown) => String(error)),
}
const MOSQUITTO: Service = {
  variable: 'TEST_MQTT_URL',
  missing: MOSQUITTO_MISSING,
  start: async () => (await startMosquitto()) ?? 'Mosquitto is not installed here; set TEST_MQTT_URL to use another',
}
export const SERVICES = { postgres: POSTGRES, mosquitto: MOSQUITTO }

/**
 * Starts the servers that tests and benchmarks need, but for those that the environment names, and writes their addresses
 * there for the processes to come. Where all must run (`CI=true`), one that can't start is an error.
 */
export async function startServices(services: readonly Service[]): Promise<AsyncDisposable> {
  await using opened = new AsyncDisposableStack()
  const started = await Promise.allSettled(
    services
      .filter(({ variable }) => !process.env[variable])
      .map(async ({ variable, missing, start }) => {
        const server = await start()
        if (typeof server !== 'string') {
          opened.use(server)
          process.env[variable] = server.url
        } else if (process.env.CI === 'true') throw new Error(server)
        else process.env[missing] = server
      }),
  )
  for (const result of started) if (result.status === 'rejected') throw result.reason
  return opened.move()
}
