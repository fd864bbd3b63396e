import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { isAddressed } from '../../../src/diagnosis/conversation/addressed.ts'
import { type Plan, planReply } from '../../../src/diagnosis/conversation/plan.ts'
import { afterReply, NO_CONTEXT, type ThreadContext } from '../../../src/diagnosis/conversation/thread-context.ts'
import { readMessage } from '../../../src/diagnosis/reading/read-message.ts'
import { createSymptomSearch } from '../../../src/diagnosis/symptoms.ts'
import {
  type Conversation,
  devicesIn,
  type Expectation,
  type ReplyKind,
  readConversations,
  type Turn,
} from '../../story/conversations/conversation.ts'

const catalog = await loadCatalog()
const symptoms = createSymptomSearch(catalog)
const conversations = await readConversations(new URL('./conversations.jsonl', import.meta.url))
const known = [...devicesIn(conversations), 'HC5000-M-2051', 'HC5000-P-2051']

/** A thread as the rules know it. */
type Thread = { context: ThreadContext; askers: Set<string>; isOurs: boolean }

/** What the rules decide about a message; null for silence. No model has a say in it. */
function decide({ by, place, mention, text }: Turn, thread: Thread): Plan | null {
  const mentionsOthers = /@(?:alice|bob|eve)\b/.test(text)
  const reading = readMessage(text, catalog)
  const endings = reading.devices.flatMap((one) => (one.kind === 'ending' ? [one.ending] : []))
  const completions = new Map(
    endings.map((ending) => [ending, known.filter((id) => id.replaceAll('-', '').endsWith(ending))]),
  )
  const namesDevice = reading.devices.some((one) => one.kind === 'id' || (completions.get(one.ending) ?? []).length > 0)
  const isSymptom = symptoms(text).length > 0
  const isAsker = thread.askers.has(by)
  const isOurs = thread.isOurs && isAddressed({ reading, isAsker, mentionsOthers, isSymptom, namesDevice })
  if (place === 'channel' && !mention && !isOurs) return null
  return planReply({ text, reading, context: thread.context, person: by, completions, catalog, symptoms })
}

function remember(thread: Thread, { by }: Turn, plan: Plan): void {
  thread.isOurs = true
  thread.askers.add(by)
  if (plan.kind === 'propose')
    thread.context = afterReply(thread.context, { topics: [], devices: plan.devices, proposed: plan.candidates })
  if (plan.kind !== 'explain') return
  const topics = plan.items
    .filter(({ isKnown }) => isKnown)
    .map(({ code, step, devices }) => ({ code, step, devices: [...devices], person: by }))
  const devices = [...new Set(plan.items.flatMap((item) => item.devices))]
  thread.context = afterReply(thread.context, { topics, devices, proposed: [] })
}

function kindOf(plan: Plan): ReplyKind {
  if (plan.kind === 'small_talk') return 'smalltalk'
  if (plan.kind === 'propose') return plan.candidates.length > 0 ? 'choice' : 'ask'
  return plan.items.some(({ isKnown }) => isKnown) ? 'answer' : 'unknown'
}

/** What's wrong with a decision, in a few words. */
function faultsOf(plan: Plan | null, expected: Expectation): string[] {
  if (!plan) return expected.answers === true ? ['silent'] : []
  if (expected.answers === false) return ['speaks']
  const kind = kindOf(plan)
  const items = plan.kind === 'explain' ? plan.items.filter(({ isKnown }) => isKnown) : []
  const codes = plan.kind === 'propose' ? plan.candidates : items.map(({ code }) => code)
  const wanted = expected.codes === 'none' ? [] : (expected.codes ?? codes)
  const offered = items.filter(({ step }) => step === 0).flatMap(({ code }) => catalog.find(code)?.command ?? [])
  const unsafe = offered.filter((name) => ![...expected.commands_offered, ...expected.commands_may].includes(name))
  const isKind = expected.kind.includes('any') || expected.kind.includes(kind)
  const isComplete = kind === 'choice' ? wanted.every((code) => codes.includes(code)) : wanted.length === 0
  const found = codes.filter((code) => wanted.includes(code))
  const inOrder = expected.any_order ? found.length === wanted.length : found.join() === wanted.join()
  const isNext = !expected.next_step || items.every(({ code, step }) => step > 0 || !wanted.includes(code))
  return [
    ...(isKind ? [] : [`${kind}, not ${expected.kind.join('|')}`]),
    ...(isComplete || inOrder ? [] : [`codes ${codes.join()}, not ${wanted.join()}`]),
    ...unsafe.map((name) => `a button for ${name}`),
    ...(expected.devices.every((id) => items.some(({ devices }) => devices.includes(id)))
      ? []
      : ['a device is missing']),
    ...(isNext ? [] : ['not the next step']),
  ]
}

function faultsIn({ messages }: Conversation): string[] {
  const thread: Thread = { context: NO_CONTEXT, askers: new Set(), isOurs: false }
  return messages.flatMap((turn) => {
    const plan = decide(turn, thread)
    if (plan) remember(thread, turn, plan)
    return faultsOf(plan, turn.expect).map((fault) => `${turn.text}: ${fault}`)
  })
}

describe.each(Object.entries(Object.groupBy(conversations, ({ kind }) => kind)))('%s', (_, all = []) => {
  it.each(all.map((one) => [one.messages.map(({ text }) => text).join(' / '), one] as const))('%s', (__, one) => {
    expect(faultsIn(one)).toEqual([])
  })
})
