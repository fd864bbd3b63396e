import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { statementOf } from '../../../src/diagnosis/answer.ts'
import { findAnswer } from '../../../src/diagnosis/questions/question-records.ts'
import { proposeFromCommand, proposeFromGrounding } from '../../../src/feedback/corrections/automatic-proposals.ts'
import { getCorrection } from '../../../src/feedback/corrections/correction-records.ts'
import type { CorrectionRow } from '../../../src/feedback/corrections/correction-row.ts'
import { CONSENT_LINE, checkCorrection, proposeCorrection } from '../../../src/feedback/corrections/corrections.ts'
import { OwnWordsNeededError } from '../../../src/feedback/corrections/errors.ts'
import { listProposers } from '../../../src/feedback/corrections/supporter-records.ts'
import { exportCorrections } from '../../../src/feedback/exports/exports.ts'
import { approveCorrection, claimCorrection, editAndApprove } from '../../../src/feedback/review/queue.ts'
import { readApprovedCorrections } from '../../../src/training/datasets/approved.ts'
import { describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import { addAnswer, NOON } from '../../support/rows.ts'

const catalog = await loadCatalog()
const RITA = { user: 'URITA', team: 'T1' }
const SAID = 'Error Code E-02 indicates a ‘Dirt’. Recommended Action: Reboot it (command: REBOOT_COMM).'

describeOnDatabases('what the house proposes by itself', (kind) => {
  let database: TestDatabase
  let folder: string
  beforeAll(async () => {
    database = await kind.create()
    folder = await mkdtemp(join(tmpdir(), 'hydrocore-test-'))
  })
  afterAll(async () => {
    await database[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  const answered = async (over: Parameters<typeof addAnswer>[1] = {}) => {
    const { id } = await addAnswer(database.store, { question_text: 'Anna asks about HC5000-A-1138', ...over })
    const answer = await findAnswer(database.store, id)
    if (!answer) throw new Error('no answer')
    return answer
  }
  const failed = (answerId: string, over: object = {}) => ({
    ...{ state: 'failed' as const, code: 'E-02', command: 'CLEAN_TURB', answerId, deviceMessage: 'pump\u0007 stuck' },
    ...over,
  })

  it('is the catalog’s statement where it contradicted a model, with nobody’s words', async () => {
    const answer = await answered({ model_text: SAID })
    const [row] = await proposeFromGrounding(database.store, answer, catalog, NOON)
    expect(row).toMatchObject({
      ...{ source: 'grounding', status: 'proposed', reason: 'wrong_command', original_text: SAID, consent: null },
      ...statementOf(catalog.find('E-02') ?? catalog.codes[0] ?? never()),
      ...{ answer_id: answer.id, model: answer.model, approvals_needed: 2, risk: 3, weight: 1 },
    })
    expect(row?.question).toMatch(/E-02/)
    expect(row?.question).not.toMatch(/Anna|1138/)
    expect(await listProposers(database.store, row ?? expect.fail())).toEqual([])
  })

  it('weighs more each time, once an answer, and never hides what a person proposes', async () => {
    const [first, second] = [await answered({ model_text: SAID }), await answered({ model_text: SAID })]
    const propose = async (answer: typeof first) =>
      (await proposeFromGrounding(database.store, answer, catalog, NOON))[0]
    const { id = '', weight = 0 } = (await propose(first)) ?? {}
    expect(await propose(first)).toMatchObject({ id, weight })
    expect(await propose(second)).toMatchObject({ id, weight: weight + 1 })
    const waiting = await getCorrection(database.store, id)
    const { correction, how } = await proposeCorrection(
      database.store,
      {
        correction: checked(waiting),
        author: { user: 'UANNA', team: 'T1' },
        answerId: first.id,
        originalText: SAID,
        model: null,
        catalogVersion: '1',
      },
      NOON,
    )
    expect(how).toBe('new')
    expect(correction.consent).toBe(CONSENT_LINE)
  })

  it('is nothing where the catalog did not contradict', async () => {
    const answer = await answered()
    const findings = answer.findings.map((finding) => ({ ...finding, verdict: 'grounded' as const }))
    expect(await proposeFromGrounding(database.store, { ...answer, findings }, catalog, NOON)).toEqual([])
    const unknown = answer.findings.map((finding) => ({ ...finding, code: 'E-99' }))
    expect(await proposeFromGrounding(database.store, { ...answer, findings: unknown }, catalog, NOON)).toEqual([])
  })

  it('is the action whose command failed, with the device’s words for the reviewer', async () => {
    const answer = await answered()
    expect(await proposeFromCommand(database.store, failed(answer.id), catalog, NOON)).toMatchObject({
      ...{ source: 'command', reason: 'wrong_action', consent: null, code: 'E-02' },
      note: 'CLEAN_TURB failed. The device said: pump  stuck',
    })
    for (const state of ['succeeded', 'unknown', 'sent'] as const)
      expect(await proposeFromCommand(database.store, failed(answer.id, { state }), catalog, NOON)).toBeNull()
    expect(await proposeFromCommand(database.store, failed('ans_none'), catalog, NOON)).toBeNull()
    expect(await proposeFromCommand(database.store, failed(answer.id, { code: 'E-99' }), catalog, NOON)).toBeNull()
  })

  it('is neither exported nor taught before a reviewer made it their own', async () => {
    await using own = await kind.create()
    const { store } = own
    const { id: answerId } = await addAnswer(store, { model_text: '' })
    const row = await proposeFromCommand(store, failed(answerId), catalog, NOON)
    const id = row?.id ?? ''
    const out = join(folder, 'out.jsonl')
    const exported = () => exportCorrections({ store, catalog, format: 'openai-sft', out, by: 'U', now: NOON })
    await claimCorrection(store, { id, by: RITA }, NOON)
    await expect(approveCorrection(store, { id, by: RITA }, NOON)).rejects.toBeInstanceOf(OwnWordsNeededError)
    // Even if it stood as approved.
    await store.updateTable('corrections').set({ status: 'approved' }).where('id', '=', id).execute()
    expect(await exported()).toEqual({ kind: 'nothing', leftOut: { no_consent: 1 } })
    expect(await readApprovedCorrections(store)).toEqual([])
    await store.updateTable('corrections').set({ status: 'claimed' }).where('id', '=', id).execute()
    const correction = checked({ ...(await getCorrection(store, id)), action: 'Clean the turbidity lens twice' })
    await editAndApprove(store, { id, by: RITA, correction }, NOON)
    expect(await exported()).toMatchObject({ kind: 'written', rows: 1 })
    expect(await readApprovedCorrections(store)).toHaveLength(1)
  })
})

function checked(row: CorrectionRow) {
  const result = checkCorrection({ ...row, consent: CONSENT_LINE }, catalog)
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return result.correction
}

function never(): never {
  throw new Error('the catalog has no codes')
}
