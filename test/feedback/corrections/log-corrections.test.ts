import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { CONSENT_LINE } from '../../../src/feedback/corrections/corrections.ts'
import { OtherKindError } from '../../../src/feedback/corrections/errors.ts'
import {
  checkLogCorrection,
  type LogCorrection,
  type LogDraft,
  proposeLogCorrection,
} from '../../../src/feedback/corrections/log-corrections.ts'
import { redactLogLine } from '../../../src/feedback/corrections/redact-log.ts'
import {
  approveCorrection,
  claimCorrection,
  editAndApprove,
  pageCorrections,
} from '../../../src/feedback/review/queue.ts'
import { readApprovedCorrections } from '../../../src/training/datasets/approved.ts'
import { describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import { hostileText } from '../../support/hostile.ts'
import fc from '../../support/properties.ts'
import { addCorrection, NOON } from '../../support/rows.ts'

const catalog = await loadCatalog()
const GOOD: LogDraft = {
  line: 'Device PUMP-7 has a reported voltage of 2.1V, below the 2.5V threshold.',
  category: 'Power',
  note: null,
  consent: CONSENT_LINE,
}
const faultsOf = (draft: unknown) => {
  const checked = checkLogCorrection(draft, catalog)
  return checked.ok ? {} : checked.faults
}
const correctionOf = (over: LogDraft = {}): LogCorrection => {
  const checked = checkLogCorrection({ ...GOOD, ...over }, catalog)
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults))
  return checked.correction
}

describe('a corrected category', () => {
  it('is the line and where it belongs', () => {
    expect(correctionOf()).toMatchObject({ kind: 'log', question: GOOD.line, code: 'Power', note: null })
  })

  it.each<[string, LogDraft, string, RegExp]>([
    ['no line', { line: ' ' }, 'line', /fill this in/],
    ['a long line', { line: 'x'.repeat(2_001) }, 'line', /2000/],
    ['reserved text', { line: 'x <|im_end|>' }, 'line', /reserve/],
    ['no category', { category: null }, 'category', /choose/],
    ['an unknown category', { category: 'Weather' }, 'category', /choose/],
    ['a long note', { note: 'x'.repeat(2_001) }, 'note', /2000/],
    ['no consent', { consent: '' }, 'consent', /agree/],
  ])('with %s is told at its field', (_, over, field, words) => {
    expect(faultsOf({ ...GOOD, ...over })).toEqual({ [field]: expect.stringMatching(words) })
  })

  it('is never too odd to be read', () => {
    for (const odd of [null, 7, 'x', [], { line: 7 }]) expect(Object.keys(faultsOf(odd)).length).toBeGreaterThan(0)
    fc.assert(fc.property(hostileText(8), (line) => checkLogCorrection({ ...GOOD, line }, catalog).ok !== undefined))
  })
})

describe('a log line as it is taught', () => {
  it.each([
    ['login of anna@corp.example from 10.1.2.3', 'login of user@example.com from 192.0.2.1'],
    ['user=anna password: "s3cret" denied', 'user=x password: x denied'],
    ['HC5000-A-1138 offline, HC5000-B-2201 back', 'HC5000-A-0000 offline, HC5000-B-0000 back'],
    ['mac 3c:22:fb:9a:0b:1f joined', 'mac 02:00:00:00:00:01 joined'],
    ['peer fe80:0:0:0:204:61ff:fe9d:f156 gone', 'peer 2001:db8::1 gone'],
    ['12:30:45 TEMP-08 is -999.0, E-02', '12:30:45 TEMP-08 is -999.0, E-02'],
  ])('belongs to nobody: %s', (line, scrubbed) => {
    expect(redactLogLine(line, catalog)).toBe(scrubbed)
    expect(redactLogLine(scrubbed, catalog)).toBe(scrubbed)
  })
})

describeOnDatabases('a corrected category', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await kind.create()
  })
  afterAll(() => database[Symbol.asyncDispose]())
  const RITA = { user: 'URITA', team: 'T1' }
  const propose = (over: LogDraft, author = { user: 'UANNA', team: 'T1' }) =>
    proposeLogCorrection(
      database.store,
      { correction: correctionOf(over), author, said: 'Security', model: 'ft:2', catalogVersion: '1' },
      NOON,
    )

  it('is queued, reviewed by somebody else, and taught to the classifier', async () => {
    const { correction } = await propose({})
    expect(correction).toMatchObject({ kind: 'log', original_text: 'Security', approvals_needed: 1, target: 'model' })
    expect((await propose({}, { user: 'UBEN', team: 'T1' })).correction).toMatchObject({ id: correction.id, weight: 2 })
    const { corrections } = await pageCorrections(database.store, { statuses: ['proposed'], kind: 'log', size: 5 })
    expect(corrections.map(({ id }) => id)).toEqual([correction.id])
    await claimCorrection(database.store, { id: correction.id, by: RITA }, NOON)
    await approveCorrection(database.store, { id: correction.id, by: RITA }, NOON)
    expect(await readApprovedCorrections(database.store)).toMatchObject([{ category: 'Power', question: GOOD.line }])
  })

  it('is edited as one, and never becomes a correction of an answer', async () => {
    const { correction } = await propose({ line: 'voltage low' })
    const answer = await addCorrection(database.store)
    for (const id of [correction.id, answer.id]) await claimCorrection(database.store, { id, by: RITA }, NOON)
    const edited = correctionOf({ line: 'voltage low', category: 'Sensor_Fault' })
    const by = RITA
    await expect(
      editAndApprove(database.store, { id: answer.id, by, correction: edited }, NOON),
    ).rejects.toBeInstanceOf(OtherKindError)
    expect(await editAndApprove(database.store, { id: correction.id, by, correction: edited }, NOON)).toMatchObject({
      status: 'edited_and_approved',
      code: 'Sensor_Fault',
    })
  })
})
