import { MOSQUITTO_MISSING } from '../support/services.ts'

/** A broker as people run it: named by the user, or started by the run's setup. */
export const MOSQUITTO = process.env.TEST_MQTT_URL ?? ''

/** Why its tests cannot run here, or null. */
export const mosquittoMissing = MOSQUITTO ? null : (process.env[MOSQUITTO_MISSING] ?? 'no broker was started')
