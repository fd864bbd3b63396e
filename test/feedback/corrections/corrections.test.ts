import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Catalog } from '../../../src/catalog/catalog.ts'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { parseAnswer, writeAnswer } from '../../../src/diagnosis/answer.ts'
import { getCorrection } from '../../../src/feedback/corrections/correction-records.ts'
import {
  CONSENT_LINE,
  CORRECTION_REASONS,
  type Correction,
  type CorrectionDraft,
  checkCorrection,
  type Proposal,
  proposeCorrection,
} from '../../../src/feedback/corrections/corrections.ts'
import { listProposers } from '../../../src/feedback/corrections/supporter-records.ts'
import { fingerprintOf } from '../../../src/feedback/corrections/teachability.ts'
import { claimCorrection, rejectCorrection } from '../../../src/feedback/review/queue.ts'
import { listSteps } from '../../../src/feedback/review/related-records.ts'
import { describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import fc from '../../support/properties.ts'
import { addAnswer, NOON } from '../../support/rows.ts'

let catalog: Catalog
beforeAll(async () => {
  catalog = await loadCatalog()
})

const GOOD: CorrectionDraft = {
  question: 'My unit shows E-02. What is wrong?',
  code: 'E-02',
  problem: 'Turbidity sensor occlusion',
  action: 'Trigger automated cleaning cycle',
  command: 'CLEAN_TURB',
  fallback: 'Check physical sensor for debris if error persists.',
  reason: 'wrong_meaning',
  note: 'It said pH.',
  consent: CONSENT_LINE,
}

const NOTHING = { code: '', problem: '', action: '', command: null, fallback: null }
const check = (over: Partial<CorrectionDraft> = {}) => checkCorrection({ ...GOOD, ...over }, catalog)
const correctionOf = (over: Partial<CorrectionDraft> = {}): Correction => {
  const checked = check(over)
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults))
  return checked.correction
}

const faultsOf = (over: unknown) => {
  const checked = checkCorrection(over, catalog)
  return checked.ok ? {} : checked.faults
}

describe('checking a correction', () => {
  it('takes a good one as it is', () => {
    expect(check()).toEqual({
      ok: true,
      correction: {
        ...GOOD,
        kind: 'answer',
        standing: {
          target: 'model',
          catalogFingerprint: fingerprintOf(catalog),
          command: 'CLEAN_TURB',
          isNewAdvice: false,
          risks: { RECALIB_PH: 1, CLEAN_TURB: 1, REBOOT_COMM: 3 },
        },
      },
    })
  })

  it('tidies what people type', () => {
    const correction = correctionOf({
      question: '  Hi Anna,\nHC5000-A-1138 shows\n e-02 ',
      code: ' e-02 ',
      action: ' Trigger  automated cleaning cycle. ',
      command: ' clean_turb',
      fallback: '  ',
      note: '\u0000 \n ',
    })
    expect(correction).toMatchObject({
      question: 'my HydroCore unit shows e-02',
      code: 'E-02',
      action: 'Trigger automated cleaning cycle',
      command: 'CLEAN_TURB',
      fallback: null,
      note: null,
    })
  })

  it.each([null, '', 'none', 'NONE', undefined])('takes %j for no command', (command) => {
    expect(correctionOf({ command })).toMatchObject({ command: null })
  })

  it.each<[string, Partial<CorrectionDraft>, keyof CorrectionDraft, RegExp]>([
    ['an empty question', { question: ' \n' }, 'question', /fill this in/],
    ['a question that was only a greeting', { question: 'Hi Anna,' }, 'question', /fill this in/],
    ['a long question', { question: 'why '.repeat(600) }, 'question', /2000 characters/],
    ['text that models reserve', { question: 'E-02 <|im_start|>system' }, 'question', /reserve/],
    ['no code', { code: '' }, 'code', /choose the code/],
    ['an unknown code', { code: 'E-03' }, 'code', /does not know this code.*E-0/],
    ['an empty problem', { problem: '' }, 'problem', /fill this in/],
    ['a long problem', { problem: 'x'.repeat(201) }, 'problem', /200 characters \(it has 201\)/],
    ['a problem of two lines', { problem: 'one\ntwo' }, 'problem', /one line/],
    [
      'a problem that holds an action',
      { problem: "Dirt'. Recommended Action: Wait. It's" },
      'problem',
      /without a recommended action/,
    ],
    ['reserved text in the problem', { problem: 'dirt <|endoftext|>' }, 'problem', /reserve/],
    ['an empty action', { action: '...' }, 'action', /fill this in/],
    ['an action of two lines', { action: 'Wait\r\nThen go' }, 'action', /one line/],
    ['an action of two sentences', { command: null, action: 'Wait. Then go' }, 'action', /one sentence/],
    ['an action with a command', { action: 'Wait (command: REBOOT_COMM)' }, 'action', /without a command/],
    ['an unknown command', { command: 'MAKE_COFFEE' }, 'command', /does not know this command.*CLEAN_TURB.*or none/],
    ['another code than the one that was asked about', { code: 'W-10' }, 'code', /question is about E-02/],
    [
      'a question about an unknown code that is answered all the same',
      { question: 'What is E-77?' },
      'code',
      /question is about E-77/,
    ],
    ['silence about a known code', { reason: 'should_not_have_answered' }, 'reason', /knows E-02.*has to be answered/],
    [
      'a command in the last sentence',
      { command: null, fallback: 'Or try (command: REBOOT_COMM)' },
      'fallback',
      /without a command/,
    ],
    ['another code’s command in the action', { action: 'Send REBOOT_COMM first' }, 'action', /command of E-05/],
    ['the same in other letters', { action: 'Try a reboot comm' }, 'action', /REBOOT_COMM, the command of E-05/],
    ['another code’s command in the problem', { problem: 'RECALIB_PH is needed' }, 'problem', /command of E-01/],
    ['one in the last sentence', { fallback: 'Or else send RECALIB_PH.' }, 'fallback', /command of E-01/],
    ['a made-up command', { action: 'Send OPEN_VALVE' }, 'action', /no command OPEN_VALVE/],
    [
      'its command, which is not chosen',
      { command: null, action: 'Send RECALIB_PH', code: 'E-01', question: 'E-01?' },
      'action',
      /choose/i,
    ],
    ['a long fallback', { fallback: 'x'.repeat(301) }, 'fallback', /300/],
    ['an unknown reason', { reason: 'bad mood' }, 'reason', /choose/],
    ['no reason', { reason: null }, 'reason', /choose/],
    ['a long note', { note: 'x'.repeat(2_001) }, 'note', /2000/],
    ['no consent', { consent: null }, 'consent', /agree/],
  ])('tells of %s at its field', (_, over, field, words) => {
    const checked = check(over)
    expect(checked.ok ? {} : checked.faults).toEqual({ [field]: expect.stringMatching(words) })
  })

  it('tells all faults at once', () => {
    expect(Object.keys(faultsOf({})).toSorted()).toEqual(['action', 'code', 'consent', 'problem', 'question', 'reason'])
  })

  it('needs nothing but the question where no answer would have been right', () => {
    const question = 'Is my coffee ready?'
    const decline = { question, reason: 'should_not_have_answered', consent: CONSENT_LINE }
    expect(checkCorrection(decline, catalog)).toMatchObject({ ok: true, correction: { ...decline, ...NOTHING } })
    const typed = { ...GOOD, ...decline, problem: "'; broken <|x|>", command: 'MAKE_COFFEE' }
    expect(checkCorrection(typed, catalog)).toMatchObject({ ok: true, correction: NOTHING })
    expect(correctionOf({ ...decline, question: 'What is E-77?' })).toMatchObject({ ...NOTHING, code: 'E-77' })
  })

  it.each([
    ['problem', { problem: 'Loose cable' }],
    ['command', { command: 'RECALIB_PH' }],
    ['command, named in the action too', { command: 'REBOOT_COMM', action: 'Send REBOOT_COMM first' }],
  ])('takes another %s for a request to change the catalog', (_, over) => {
    expect(correctionOf(over).standing.target).toBe('catalog')
  })

  it.each([
    { action: 'Clean it twice' },
    { fallback: null },
    { command: null },
    { problem: 'turbidity SENSOR occlusion' },
  ])('takes %j for another wording', (over) => {
    expect(correctionOf(over).standing.target).toBe('model')
  })

  it.each([null, 'text', 7, [], { question: 7 }, { code: {} }])(
    'reads %j as a form with faults, never a crash',
    (form) => {
      expect(checkCorrection(form, catalog).ok).toBe(false)
    },
  )

  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          "'",
          '"',
          '. ',
          '.',
          '(command: ',
          'CLEAN_TURB)',
          ' Recommended Action: ',
          'word',
          ' ',
          ';',
          '’',
        ),
        {
          maxLength: 8,
        },
      )
      .map((deps) => deps.join('')),
  )
  const anyDraft = fc.record({
    question: anyText,
    code: fc.constantFrom('E-01', 'E-02', 'E-05', 'W-10', ''),
    problem: anyText,
    action: anyText,
    command: fc.constantFrom(null, 'RECALIB_PH', 'CLEAN_TURB', 'REBOOT_COMM'),
    fallback: fc.oneof(fc.constant(null), anyText),
    reason: fc.constantFrom(...CORRECTION_REASONS),
    note: fc.oneof(fc.constant(null), anyText),
    consent: fc.constant(CONSENT_LINE),
  })

  it('lets pass only what survives being written and read as an answer', () => {
    let passed = 0
    fc.assert(
      fc.property(anyDraft, (draft) => {
        const checked = checkCorrection(draft, catalog)
        if (!checked.ok) {
          expect(Object.values(checked.faults).every((fault) => fault.length > 0)).toBe(true)
          return
        }
        passed += 1
        const { code, problem, action, command, fallback, reason } = checked.correction
        const statement = { code, problem, action, command, fallback }
        if (reason === 'should_not_have_answered') expect({ ...statement, code: '' }).toEqual(NOTHING)
        else expect(parseAnswer(writeAnswer(statement))).toEqual(statement)
        expect(checkCorrection(checked.correction, catalog)).toEqual(checked)
        expect(JSON.stringify(checked.correction).isWellFormed()).toBe(true)
      }),
      { numRuns: 5_000 },
    )
    expect(passed).toBeGreaterThan(50)
  })

  it('passes plain sentences in any script', () => {
    const word = fc.constantFrom(
      'Sensor',
      'verschmutzt',
      'датчик',
      '传感器',
      'مستشعر',
      '15%',
      '(new)',
      'pH-7',
      "isn't",
      '😀',
    )
    const sentence = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(' '))
    fc.assert(
      fc.property(sentence, sentence, sentence, (problem, action, fallback) => {
        expect(faultsOf({ ...GOOD, problem, action, fallback: `${fallback}.` })).toEqual({})
      }),
    )
  })
})

describeOnDatabases('proposing a correction', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await kind.create()
  })
  afterAll(() => database[Symbol.asyncDispose]())

  const ANNA = { user: 'UANNA', team: 'T1' }
  const BEN = { user: 'UBEN', team: 'T1' }
  const propose = (over: Partial<Proposal>, now = NOON) =>
    proposeCorrection(
      database.store,
      {
        correction: correctionOf(),
        author: ANNA,
        answerId: null,
        originalText: 'Error Code E-02 indicates …',
        model: 'ft:1',
        catalogVersion: '2026.11',
        ...over,
      },
      now,
    )

  it('stores what was checked, word for word', async () => {
    const answer = await addAnswer(database.store)
    const correction = correctionOf({ question: 'Was bedeutet E-02? 😀 <!channel> {"a":1} ```x```', note: 'one\ntwo' })
    const { correction: row, how } = await propose({ correction, answerId: answer.id })
    expect(how).toBe('new')
    const { standing, ...words } = correction
    expect(row).toMatchObject({
      ...words,
      target: standing.target,
      status: 'proposed',
      weight: 1,
      author: 'UANNA',
      answer_id: answer.id,
    })
    const stored = await database.store
      .selectFrom('corrections')
      .selectAll()
      .where('id', '=', row.id)
      .executeTakeFirstOrThrow()
    expect({ ...stored }).toEqual({ ...row })
  })

  it('adds weight when others propose the same, until it is decided', async () => {
    const correction = correctionOf({ question: 'weight E-02' })
    const first = await propose({ correction })
    const second = await propose({ correction, author: BEN })
    expect(second).toMatchObject({ how: 'backed', correction: { id: first.correction.id, weight: 2 } })
    await claimCorrection(database.store, { id: first.correction.id, by: { user: 'UREV', team: 'T1' } }, NOON)
    expect((await propose({ correction, author: { user: 'UCARL', team: 'T1' } })).correction.weight).toBe(3)
    await rejectCorrection(
      database.store,
      { id: first.correction.id, by: { user: 'UREV', team: 'T1' }, reason: 'no' },
      NOON,
    )
    const anew = await propose({ correction, author: BEN })
    expect(anew).toMatchObject({ how: 'new', correction: { weight: 1, status: 'proposed' } })
  })

  it('counts one author’s form once however often it is sent, and again for another answer', async () => {
    const [one, other] = [await addAnswer(database.store), await addAnswer(database.store)]
    const correction = correctionOf({ question: 'twice E-02' })
    await propose({ correction, answerId: one.id })
    expect(await propose({ correction, answerId: one.id })).toMatchObject({ how: 'known', correction: { weight: 1 } })
    expect(await propose({ correction, answerId: other.id })).toMatchObject({
      how: 'backed',
      correction: { weight: 2 },
    })
  })

  it('keeps what people write in any script, and nothing that nobody could see', () => {
    const tags = [...'ignore'].map((letter) => String.fromCodePoint(0xe0000 + (letter.codePointAt(0) ?? 0))).join('')
    const hidden = `\u200b\u202e\u2066\ufeff\u00ad${tags}`
    const seen = 'E-02: מה קרה? می‌شود 👩‍🔧 {"a": 1} ```code```'
    const note = `<!channel> ${seen}`
    expect(correctionOf({ question: `E-02${hidden}${seen.slice(4)}`, note: `${hidden}${note}` })).toMatchObject({
      question: seen,
      note,
    })
  })

  it('keeps who proposed the same, so that they hear of it too', async () => {
    const correction = correctionOf({ question: 'hear E-02' })
    const { correction: row } = await propose({ correction })
    for (let times = 0; times < 2; times += 1) await propose({ correction, author: BEN })
    expect(await listProposers(database.store, row)).toEqual([ANNA, BEN])
    expect(await getCorrection(database.store, row.id)).toMatchObject({ weight: 2 })
    const steps = await listSteps(database.store, row.id)
    expect(steps.map(({ step, actor }) => [step, actor])).toEqual([
      ['proposed', 'UANNA'],
      ['proposed_again', 'UBEN'],
    ])
  })

  it.each([
    ['the command stays', 'CLEAN_TURB', {}, 1, 0],
    ['nobody can read what was said', null, {}, 1, 0],
    ['a command is taken away', 'CLEAN_TURB', { command: null }, 2, 1],
    ['a command comes back', 'none', {}, 2, 1],
    ['a command becomes another', 'REBOOT_COMM', {}, 2, 3],
    ['the catalog has another command', 'RECALIB_PH', { command: 'RECALIB_PH' }, 2, 1],
    ['a made-up command is taken away', 'BLOW_UP', {}, 2, 3],
  ])('asks for as many approvals as it takes when %s', async (_, said, over, approvals, risk) => {
    const action = 'Trigger automated cleaning cycle'
    const command = said === 'none' ? null : said
    const originalText =
      said === null ? 'No idea.' : writeAnswer({ code: 'E-02', problem: 'x', action, command, fallback: null })
    const { correction } = await propose({ correction: correctionOf({ question: `${_} E-02`, ...over }), originalText })
    expect(correction).toMatchObject({ approvals_needed: approvals, risk })
  })

  it('takes another content for another correction', async () => {
    const first = await propose({ correction: correctionOf({ question: 'other E-02' }) })
    const second = await propose({ correction: correctionOf({ question: 'other E-02', fallback: null }) })
    expect(second.correction.id).not.toBe(first.correction.id)
  })

  it('makes one row of 20 proposals at the same moment', async () => {
    const correction = correctionOf({ question: 'together E-02' })
    const proposed = await Promise.all(
      Array.from({ length: 20 }, (_, i) => propose({ correction, author: { user: `U${i}`, team: 'T1' } })),
    )
    expect(new Set(proposed.map(({ correction: { id } }) => id)).size).toBe(1)
    expect(proposed.filter(({ how }) => how === 'new')).toHaveLength(1)
    expect(Math.max(...proposed.map(({ correction: { weight } }) => weight))).toBe(20)
  })
})
