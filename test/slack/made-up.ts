import { createCatalog } from '../../src/catalog/catalog.ts'
import { loadCatalog } from '../../src/catalog/loading.ts'
import type { CatalogFile } from '../../src/catalog/schema.ts'
import type { Command } from '../../src/commands/command.ts'
import type { Device } from '../../src/commands/devices/device.ts'
import { COMMAND_STATES } from '../../src/commands/state-machine.ts'
import type { WorkOrder } from '../../src/commands/work-orders/order-records.ts'
import type { SavedAnswer } from '../../src/diagnosis/questions/question-records.ts'
import { STRATEGIES } from '../../src/diagnosis/strategies.ts'
import type { CorrectionRow } from '../../src/feedback/corrections/correction-row.ts'
import { CORRECTION_STATUSES } from '../../src/feedback/corrections/status.ts'
import { longText } from '../support/hostile.ts'
import fc from '../support/properties.ts'
import { NOON } from '../support/rows.ts'

/** Rows and things as our tables could hold them, their foreign texts as bad as can be. */
export const catalog = await loadCatalog()

const codes = [...catalog.codes.map(({ code }) => code), 'E-99', 'X-01']
const people = fc.constantFrom('U0TECH0001', 'W0OTHER0001')
const moments = fc.constant(new Date(NOON))
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary)

export const answers: fc.Arbitrary<SavedAnswer> = fc.record({
  id: fc.constant('ans_01kb000000000000abcd'),
  question_id: fc.constant('q_01kb000000000000abcd'),
  team: fc.constant('T1'),
  channel: fc.constant('C1'),
  message_ts: fc.constant('1764000000.000100'),
  thread_ts: fc.constant(null),
  asker: people,
  question_text: longText,
  model_text: longText,
  source: fc.constantFrom('model', 'cache', 'fallback_model', 'catalog', 'none'),
  model: maybe(longText),
  canary_id: fc.constant(null),
  canary_arm: fc.constant(null),
  strategy: maybe(fc.constantFrom(...STRATEGIES)),
  catalog_version: longText,
  device: maybe(longText),
  open_devices: maybe(longText.map((typed) => JSON.stringify([{ typed, candidates: [] }]))),
  latency_ms: fc.nat(),
  created_at: fc.constant(NOON),
  findings: fc.array(
    fc.record({
      answer_id: fc.constant('ans_01kb000000000000abcd'),
      position: fc.nat(4),
      code: maybe(fc.constantFrom(...codes)),
      verdict: fc.constantFrom('grounded', 'contradicted', 'unknown_code', 'unanswered'),
      problem: maybe(longText),
      action: maybe(longText),
      command: maybe(fc.constantFrom(...Object.keys(catalog.commands))),
      fallback: maybe(longText),
      typed: maybe(longText),
      step: fc.nat(2),
      devices: fc.array(longText, { maxLength: 12 }).map((list) => JSON.stringify(list)),
    }),
    { minLength: 1, maxLength: 5 },
  ),
})

export const commands: fc.Arbitrary<Command> = fc.record({
  id: fc.constant('cmd_01kb000000000000abcd'),
  answerId: fc.constant('ans_01kb000000000000abcd'),
  code: fc.constantFrom(...codes),
  command: fc.constantFrom(...Object.keys(catalog.commands), 'RETIRED_COMMAND'),
  device: maybe(fc.constantFrom('HC5000-A-1138', 'HC5000-A-1042')),
  state: fc.constantFrom(...COMMAND_STATES),
  team: fc.constant('T1'),
  channel: fc.constant('C1'),
  messageTs: fc.constant(null),
  requestedBy: maybe(fc.record({ user: people, team: fc.constant('T1') })),
  approvedBy: maybe(people),
  offeredAt: moments,
  requestedAt: maybe(moments),
  sentAt: maybe(moments),
  deadlineAt: maybe(moments),
  settledAt: maybe(moments),
  deviceMessage: maybe(longText),
  checkedBy: fc.constant(null),
})

export const corrections: fc.Arbitrary<CorrectionRow> = fc.record({
  id: fc.constant('cor_01kb000000000000abcd'),
  answer_id: fc.constant('ans_01kb000000000000abcd'),
  source: fc.constant('person'),
  kind: fc.constantFrom('answer', 'log'),
  status: fc.constantFrom(...CORRECTION_STATUSES),
  target: fc.constantFrom('model', 'catalog'),
  catalog_fingerprint: fc.constant(null),
  question: longText,
  question_hash: fc.constant(''),
  code: fc.constantFrom(...codes),
  problem: longText,
  action: longText,
  command: maybe(fc.constantFrom(...Object.keys(catalog.commands))),
  fallback: maybe(longText),
  reason: fc.oneof(fc.constantFrom('wrong_action', 'outdated'), longText),
  note: maybe(longText),
  original_text: longText,
  model: maybe(longText),
  catalog_version: longText,
  author: fc.oneof(people, longText),
  author_team: fc.constant('T1'),
  consent: maybe(longText),
  weight: fc.nat(500),
  risk: fc.nat(3),
  priority: fc.constant(0),
  dedup_key: fc.constant(null),
  lease_owner: maybe(fc.oneof(people, longText)),
  lease_until: maybe(fc.constantFrom(NOON - 1, NOON + 1)),
  approvals_needed: fc.constantFrom(1, 2),
  first_approver: maybe(people),
  first_approver_team: fc.constant('T1'),
  first_approved_at: fc.constant(NOON),
  is_edited: fc.constantFrom(0, 1),
  reviewer: fc.constant(null),
  reviewer_team: fc.constant(null),
  review_note: maybe(longText),
  created_at: fc.constant(NOON),
  reviewed_at: fc.constant(null),
  withdrawn_at: fc.constant(null),
  superseded_by: fc.constant(null),
})

export const devices: fc.Arbitrary<Device> = fc.record({
  id: fc.oneof(fc.constantFrom('HC5000-A-1138', 'HC5000-A-1042'), fc.string({ minLength: 60, maxLength: 120 })),
  isOnline: fc.boolean(),
  since: moments,
  firmware: maybe(longText),
  codes: fc.constant([]),
  lastSeenAt: moments,
  clockAheadMs: fc.constant(0),
})

/** As many codes and commands as a large maker of devices has. */
export function largeCatalog(size: number) {
  const [entry] = catalog.codes
  const [command] = Object.values(catalog.commands)
  if (!entry || !command) throw new Error('our own catalog is empty')
  const names = Array.from({ length: size }, (_, i) => `RUN_${i}`)
  const file: CatalogFile = {
    version: 'v'.repeat(40),
    product: 'HydroCore 9000',
    devicePattern: '^HC9000-\\d+$',
    commands: Object.fromEntries(names.map((name) => [name, { ...command, title: 't'.repeat(60) }])),
    codes: names.map((name, i) => ({
      ...entry,
      code: `E-${i + 1}`,
      problem: `${i} ${'p'.repeat(190)}`,
      action: 'a'.repeat(300),
      command: name,
      symptoms: [],
    })),
  }
  return createCatalog(file)
}

export const workOrders: fc.Arbitrary<WorkOrder> = fc.record({
  id: fc.constant('wo_01kb000000000000abcd'),
  title: fc.constantFrom('Battery replacement', 'Technician visit'),
  code: fc.constantFrom(...codes),
  problem: longText,
  device: fc.constant('HC5000-A-1138'),
  dueOn: fc.constant('2026-11-25'),
  note: maybe(longText),
  assignee: people.map((user) => ({ user, team: 'T1' })),
  state: fc.constantFrom('open', 'done', 'cancelled'),
  answerId: fc.constant('ans_01kb000000000000abcd'),
  commandId: fc.constant(null),
  createdBy: people.map((user) => ({ user, team: 'T1' })),
  createdAt: moments,
  closedBy: maybe(fc.constantFrom({ user: 'U0TECH0001', team: 'T1' }, { user: 'terminal:ops', team: 'terminal' })),
  closedAt: maybe(moments),
})
