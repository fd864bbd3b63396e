import type { Catalog } from '../../catalog/catalog.ts'
import type { NamedCode, NamedDevice, Reading } from '../reading/read-message.ts'
import type { SymptomSearch } from '../symptoms.ts'
import type { ThreadContext, Topic } from './thread-context.ts'

/** One code that is to be explained. */
export type Item = {
  code: string
  /** As the person wrote it; null where the thread brought it. */
  typed: string | null
  isKnown: boolean
  /** Which step of its statement is due: 0 is the recommended action. */
  step: number
  devices: readonly string[]
}

/** A short device id that stands for no single known device. */
export type OpenDevice = { typed: string; candidates: readonly string[] }

export type SmallTalk = 'greeting' | 'help' | 'thanks' | 'resolved' | 'acknowledged' | 'nothing' | 'off_topic'

/** What may be said to a message, decided before any model is asked. */
export type Plan =
  | { kind: 'small_talk'; about: SmallTalk }
  /** The codes are given: by the words, or by the thread. */
  | { kind: 'explain'; items: readonly Item[]; openDevices: readonly OpenDevice[] }
  /** Nobody named a code: by the catalog's symptoms it may be one of these; where it's none, the person is asked. */
  | { kind: 'propose'; candidates: readonly string[]; devices: readonly string[]; openDevices: readonly OpenDevice[] }

export type PlanInput = {
  text: string
  reading: Reading
  context: ThreadContext
  person: string
  /** The known devices that each ending of the reading stands for. */
  completions: ReadonlyMap<string, readonly string[]>
  catalog: Catalog
  symptoms: SymptomSearch
}

/** Decides what a message is to be answered with. A model chooses within that, and can add nothing to it. */
export function planReply(input: PlanInput): Plan {
  const { reading, context, catalog } = input
  const { asked, denied, past, act, tone } = reading
  const { devices, openDevices } = resolveDevices(input)
  if (asked.length > 0) return { kind: 'explain', items: asked.map((one) => itemOf(one, input, devices)), openDevices }

  const [proposed] = context.proposed
  if (tone.isAffirmed && proposed && context.proposed.length === 1)
    return { kind: 'explain', items: [itemOf(knownCode(proposed), input, devices)], openDevices }
  const namesDevice = devices.length > 0 || openDevices.length > 0
  const topics = currentTopics(input).filter(({ code }) => !denied.includes(code) && !past.includes(code))
  if (!namesDevice && (act === 'greeting' || act === 'help' || act === 'nothing'))
    return { kind: 'small_talk', about: act }
  const candidates = tone.isOfOtherThing ? [] : input.symptoms(input.text).filter((code) => !denied.includes(code))
  const isResolved = act === 'resolved' && (topics.length > 0 || candidates.length === 0)
  if (isResolved || (past.length > 0 && topics.length === 0 && act !== 'follow_up'))
    return { kind: 'small_talk', about: 'resolved' }
  if (!namesDevice && (act === 'thanks' || act === 'acknowledged')) return { kind: 'small_talk', about: act }

  if (topics.length === 0) return { kind: 'propose', candidates, devices: devicesOr(devices, context), openDevices }
  const codes = new Set(topics.map(({ code }) => code))
  if (act !== 'follow_up' && !tone.isSameAgain && candidates.length > 0 && !candidates.some((code) => codes.has(code)))
    return { kind: 'propose', candidates, devices: devicesOr(devices, context), openDevices }
  const isDone = topics.some(({ code }) => reading.doneFor.includes(code))
  if (act === 'follow_up' || isDone || namesDevice || tone.isOnTheMatter || candidates.length > 0) {
    const items = topics.map((topic) => itemOf(knownCode(topic.code), input, devices))
    return { kind: 'explain', items: items.filter(({ code }) => catalog.find(code)), openDevices }
  }
  return { kind: 'small_talk', about: 'off_topic' }
}

function knownCode(code: string): NamedCode {
  return { code, typed: '', isKnown: true }
}

/** The thread's device holds until the words name another; so does how far the statement was given. */
function itemOf(
  { code, typed, isKnown }: NamedCode,
  { reading, context, person, catalog }: PlanInput,
  named: readonly Resolved[],
): Item {
  const paired = reading.pairs?.get(code)
  const own = named.filter(({ index }) => !paired || paired.includes(index)).map(({ id }) => id)
  const earlier = topicOf(code, context, person)
  const devices = own.length > 0 ? own : (earlier?.devices.length ?? 0) > 0 ? (earlier?.devices ?? []) : context.devices
  const isSameDevice = own.length === 0 || !earlier || own.some((id) => earlier.devices.includes(id))
  const step = isSameDevice ? stepAfter(earlier, code, reading) : 0
  return { code, typed: typed || null, isKnown, step: Math.min(step, lastStep(code, catalog)), devices }
}

/** Done, or of no use: the next step, never the same again. */
function stepAfter(earlier: Topic | null, code: string, { act, doneFor, tone }: Reading): number {
  const isDone = act === 'follow_up' || doneFor.includes(code)
  if (!earlier) return act === 'follow_up' && doneFor.includes(code) && !tone.isSameAgain ? 1 : 0
  return isDone ? earlier.step + 1 : earlier.step
}

/** The last thing to be said of a code: its fallback, or its action where there is none. */
export function lastStep(code: string, catalog: Catalog): number {
  return catalog.find(code)?.fallback ? 1 : 0
}

function topicOf(code: string, { topics }: ThreadContext, person: string): Topic | null {
  const ofCode = topics.filter((topic) => topic.code === code)
  return ofCode.findLast((topic) => topic.person === person) ?? ofCode.at(-1) ?? null
}

/** What a follow-up is about: the code whose action it says was done, else what this person asked about last. */
function currentTopics({ reading, context, person }: PlanInput): Topic[] {
  const { topics } = context
  const done = topics.filter(({ code }) => reading.doneFor.includes(code)).at(-1)
  if (done) return [done]
  const last = topics.findLast((topic) => topic.person === person) ?? topics.at(-1)
  return last ? [last] : []
}

type Resolved = { id: string; index: number }

function resolveDevices({ reading, completions }: PlanInput): { devices: Resolved[]; openDevices: OpenDevice[] } {
  const devices: Resolved[] = []
  const openDevices: OpenDevice[] = []
  const full = reading.devices.flatMap((device) => (device.kind === 'id' ? [device.id] : []))
  for (const [index, device] of reading.devices.entries()) {
    const found = idsOf(device, completions)
    const [id] = found
    if (id && found.length === 1) devices.push({ id, index })
    // "HC5000-A-1138 … on 1138" names it twice.
    else if (found.some((one) => full.includes(one))) continue
    else if (device.kind === 'ending' && (found.length > 1 || device.isWorded))
      openDevices.push({ typed: device.typed, candidates: found })
  }
  return { devices, openDevices }
}

function idsOf(device: NamedDevice, completions: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return device.kind === 'id' ? [device.id] : (completions.get(device.ending) ?? [])
}

function devicesOr(devices: readonly Resolved[], context: ThreadContext): string[] {
  return devices.length > 0 ? devices.map(({ id }) => id) : context.devices
}
