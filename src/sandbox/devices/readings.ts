/** What a unit measures, and how it speaks of it: plausible numbers for the codes we know, none for others. */
type Sensor = { key: string; write: (value: number) => string; healthy: Range; faulty: Range }
type Range = readonly [low: number, high: number]

const SENSORS: ReadonlyMap<string, Sensor> = new Map([
  ['E-01', { key: 'ph', write: (value) => `pH ${value}`, healthy: [6.9, 7.3], faulty: [8.9, 9.8] }],
  ['E-02', { key: 'turbidityNtu', write: (value) => `turbidity ${value} NTU`, healthy: [0.3, 1.2], faulty: [28, 62] }],
  ['E-05', { key: 'signalDbm', write: (value) => `signal ${value} dBm`, healthy: [-79, -66], faulty: [-119, -108] }],
  ['W-10', { key: 'batteryPercent', write: (value) => `battery ${value} %`, healthy: [82, 99], faulty: [6, 14] }],
])

const WORDS: ReadonlyMap<string, { done: string; failed: string }> = new Map([
  ['CLEAN_TURB', { done: 'Cleaning cycle done', failed: 'Cleaning cycle stopped, wiper motor blocked' }],
  ['RECALIB_PH', { done: 'Recalibration done', failed: 'Recalibration stopped, no stable buffer reading' }],
  ['REBOOT_COMM', { done: 'Reboot done', failed: 'Reboot stopped, the module does not answer' }],
])

/** A fresh reading of the sensor behind a code, rounded as the unit shows it; null for codes without a sensor. */
export function readSensor(code: string, isFaulty: boolean): number | null {
  const sensor = SENSORS.get(code)
  if (!sensor) return null
  const [low, high] = isFaulty ? sensor.faulty : sensor.healthy
  return Math.round((low + Math.random() * (high - low)) * 10) / 10
}

/** The `values` of an event. */
export function writeValues(code: string, reading: number | null): Record<string, number> | undefined {
  const sensor = SENSORS.get(code)
  return sensor && reading !== null ? { [sensor.key]: reading } : undefined
}

/** "Cleaning cycle done: turbidity 0.8 NTU, was 41.2 NTU" */
export function sayDone(
  command: string,
  title: string,
  code: string,
  now: number | null,
  before: number | null,
): string {
  const done = WORDS.get(command)?.done ?? `${title}: done`
  const sensor = SENSORS.get(code)
  if (!sensor || now === null || before === null) return done
  return `${done}: ${sensor.write(now)}, was ${sensor.write(before).replace(/^\w+ /, '')}`
}

/** "Cleaning cycle stopped, wiper motor blocked: turbidity 41.2 NTU" */
export function sayFailed(command: string, title: string, code: string, now: number | null): string {
  const failed = WORDS.get(command)?.failed ?? `${title}: failed`
  const sensor = SENSORS.get(code)
  return sensor && now !== null ? `${failed}: ${sensor.write(now)}` : failed
}
