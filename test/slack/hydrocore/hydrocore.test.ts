import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listNewestSteps } from '../../../src/commands/audit/audit-records.ts'
import { REVIEW_WORDS } from '../../../src/feedback/labels.ts'
import type { Message } from '../../../src/sandbox/page/contract.ts'
import { PEOPLE } from '../../../src/sandbox/workspace/state/seed.ts'
import { SHARED_WORDS } from '../../../src/slack/blocks/words.ts'
import { WORDS as EXPORTS_WORDS } from '../../../src/slack/exports/words.ts'
import { auditLines } from '../../../src/slack/hydrocore/audit-file.ts'
import { WORDS as HYDROCORE_WORDS } from '../../../src/slack/hydrocore/words.ts'
import { addAnswer, correctionRow, NOON } from '../../support/rows.ts'
import type { Seat } from '../../support/seat.ts'
import { readMessage, textIn } from '../../support/seat-reading.ts'
import { startTestApp, type TestApp } from '../../support/test-app.ts'

/** `/hydrocore` and what it hands out: each answer for the asker alone, each right looked up when it counts. */
describe('/hydrocore', () => {
  let fixture: TestApp
  let tessa: Seat
  let olga: Seat
  let nils: Seat
  let ruth: Seat
  let ada: Seat
  let gil: Seat

  beforeAll(async () => {
    fixture = await startTestApp({ isTrained: false })
    const { technician, secondOperator, secondTechnician, reviewer, admin, guest } = PEOPLE
    ;[tessa, olga, nils, ruth, ada, gil] = await fixture.seats(
      technician,
      secondOperator,
      secondTechnician,
      reviewer,
      admin,
      guest,
    )
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  /** What the asker alone reads next. */
  const ask = async (seat: Seat, line: string, channel?: string): Promise<Message> => {
    const before = new Set(seat.messages().map(({ ts }) => ts))
    expect(await seat.command(`/hydrocore ${line}`, channel)).toEqual({ ok: true })
    return seat.waitFor(({ messages }) => messages.find((one) => one.isEphemeral && !before.has(one.ts)), {
      what: line,
    })
  }
  const fileOf = (seat: Seat, name: string) =>
    seat.waitFor(
      ({ messages }) => messages.find((one) => one.channel === seat.dm && one.files.some((file) => file.name === name)),
      { what: name },
    )
  const contentOf = async (message: Message, name: string) => {
    const file = message.files.find((one) => one.name === name) ?? expect.fail()
    return (await fetch(new URL(file.url, fixture.sandbox.workspace.url))).text()
  }

  it('helps, also who typed something else, and says what is live', async () => {
    expect(readMessage(await ask(tessa, ''))).toContain('*Ask me*')
    expect(readMessage(await ask(tessa, 'HELP'))).toContain('*Ask me*')
    expect(readMessage(await ask(gil, 'reboot <!channel>'))).toContain(HYDROCORE_WORDS.unknownSubcommand)
    expect(readMessage(await ask(tessa, 'status'))).toContain('assistant `generalist-small` · catalog')
  })

  it.each([
    ['queue', SHARED_WORDS.notReviewer],
    ['export', SHARED_WORDS.notExporter],
    ['model', SHARED_WORDS.notAdmin],
    ['audit', HYDROCORE_WORDS.notAuditor],
  ])('refuses %s to who may not', async (subcommand, words) => {
    expect(readMessage(await ask(nils, subcommand))).toContain(words)
    expect(readMessage(await ask(gil, subcommand))).toContain(words)
  })

  it('counts what waits for review', async () => {
    expect(readMessage(await ask(ruth, 'queue'))).toContain(REVIEW_WORDS.queueEmpty)
    await addCorrection({})
    expect(readMessage(await ask(ruth, 'queue'))).toContain('1 correction waits for review')
  })

  it('says that there is nothing to export, and which formats there are', async () => {
    await ask(ruth, 'export')
    await ruth.waitFor(({ messages }) => messages.find((one) => one.text === REVIEW_WORDS.nothingToExport))
    expect(readMessage(await ask(ruth, 'export <!here>'))).toContain('I do not know that format. Use openai-sft')
    expect(ruth.messages(ruth.dm).flatMap(({ files }) => files)).toEqual([])
  })

  it('hands the export over in a direct message, with its manifest and what it holds', async () => {
    await addCorrection({ status: 'approved', reviewer: PEOPLE.reviewer, reviewed_at: NOON })
    const other = {
      question: 'My HydroCore unit shows E-01. What is wrong?',
      code: 'E-01',
      problem: 'pH sensor calibration drift',
      action: 'Initiate remote recalibration cycle',
      command: 'RECALIB_PH',
      fallback: 'If unsuccessful, schedule a technician visit.',
    }
    await addCorrection({ ...other, status: 'approved', reviewer: PEOPLE.reviewer })
    const { fieldSupport } = fixture.sandbox.workspace.channels
    expect(readMessage(await ask(ada, 'export openai-sft', fieldSupport))).toContain(EXPORTS_WORDS.exportStarted)
    const message = await fileOf(ada, 'corrections-openai-sft.jsonl')
    expect(message.text).toContain('*2* rows')
    expect(message.text).toContain('E-01 1, E-02 1')
    const lines = (await contentOf(message, 'corrections-openai-sft.jsonl')).trim().split('\n')
    for (const line of lines) expect(JSON.parse(line).messages.at(-1).content).toContain('Recommended Action')
    const manifest = JSON.parse(await contentOf(message, 'corrections-openai-sft.jsonl.manifest.json'))
    expect(manifest).toMatchObject({ rows: 2, createdBy: PEOPLE.admin })
    expect(ada.messages(fieldSupport).flatMap(({ files }) => files)).toEqual([])
  })

  it('hands it over from Home too, to who may have it', async () => {
    await ruth.openHome()
    const home = await ruth.waitFor(({ home: view }) => view)
    await ruth.click(home, 'Export approved corrections')
    const form = await ruth.waitFor(({ modals }) => modals.at(-1))
    const votes = await ruth.submit(form, { format: 'trl-kto', reviewer: ruth.userId })
    expect(JSON.stringify(votes)).toContain('made of votes')
    const wish = { format: 'trl-dpo', code: 'e-02', reviewer: ruth.userId, since: '2026-11-01', new: ['new'] }
    expect(await ruth.submit(form, wish)).toMatchObject({ ok: true })
    await ruth.waitFor(({ home: view }) => view && textIn(view.blocks).includes(REVIEW_WORDS.nothingMatches))
    await ruth.click(home, 'Export approved corrections')
    const again = await ruth.waitFor(({ modals }) => modals.at(-1))
    expect(await ruth.submit(again, { ...wish, new: [] })).toMatchObject({ ok: true })
    const message = await fileOf(ruth, 'corrections-trl-dpo.jsonl')
    expect(message.text).toContain(`of E-02, approved by <@${ruth.userId}>`)
    expect(message.text).toContain('*1* row')
    await nils.openHome()
    const other = await nils.waitFor(({ home: view }) => view)
    expect(textIn(other.blocks)).not.toContain('Export approved corrections')
  })

  it('exports log lines by themselves, and an earlier export once more', async () => {
    const line = {
      kind: 'log' as const,
      question: 'voltage low',
      code: 'Power',
      problem: '',
      action: '',
      command: null,
    }
    await addCorrection({ ...line, fallback: null, status: 'approved', reviewer: PEOPLE.reviewer })
    await ask(ruth, 'export kind:log code:power')
    const name = 'log-lines-openai-sft.jsonl'
    const message = await fileOf(ruth, name)
    expect(message.text).toContain('Only log lines, of Power')
    const content = await contentOf(message, name)
    expect(JSON.parse(content).messages.slice(1)).toMatchObject([{ content: 'Log: voltage low' }, { content: 'Power' }])
    const [, id = ''] = /`(exp_\w+)`/.exec(message.text) ?? []
    await ask(ada, `export ${id}`)
    expect(await contentOf(await fileOf(ada, `${id}.jsonl`), `${id}.jsonl`)).toBe(content)
    await ask(ada, 'export exp_01kb0000000000000abc')
    await ada.waitFor(({ messages }) => messages.find(({ text }) => text.startsWith('There is no export exp_01kb')))
  })

  it.each([
    { method: 'files.getUploadURLExternal', error: 'missing_scope' },
    { method: 'files.completeUploadExternal', error: 'channel_not_found' },
  ])('says so when Slack does not take the file ($method)', async (fault) => {
    fixture.sandbox.workspace.faults.add(fault)
    const refused = (one: Message) => one.text.includes('Ask for it again in a minute: `/hydrocore export exp_')
    const before = ruth.messages().filter(refused).length
    await ask(ruth, 'export')
    const told = await ruth.waitFor(({ messages }) => messages.filter(refused)[before])
    const [, id = ''] = /export (exp_\w+)/.exec(told.text) ?? []
    await ask(ruth, `export ${id}`)
    await fileOf(ruth, `${id}.jsonl`)
  })

  it('shows administrators what is live, and rolls back once, however often it is pressed', async () => {
    const alias = { alias: 'assistant', model: 'ft:next', previous_model: 'ft:before', changed_at: NOON }
    const { store } = fixture.app.core
    await store
      .insertInto('aliases')
      .values({ ...alias, changed_by: PEOPLE.admin, reason: 'better' })
      .execute()
    const shown = await ask(ada, 'model')
    expect(readMessage(shown)).toContain('*assistant*: `ft:next`')
    expect(textIn(shown.blocks)).toContain('*classifier*: `generalist-small`\nas the settings say')
    await Promise.all([ada.click(shown, 'Roll back assistant'), ada.click(shown, 'Roll back assistant')])
    await ada.waitFor(({ messages }) => messages.find((one) => readMessage(one).includes('`ft:before` again')))
    await ada.waitFor(({ messages }) => messages.find((one) => readMessage(one).includes('moved')))
    const row = await store.selectFrom('aliases').selectAll().executeTakeFirstOrThrow()
    expect(row).toMatchObject({ model: 'ft:before', previous_model: 'ft:next', changed_by: PEOPLE.admin })
  })

  it('tells the last steps of a device, and hands all of them over as a file', async () => {
    expect(readMessage(await ask(olga, 'audit HC5000-A-9999'))).toContain(HYDROCORE_WORDS.nothingSent)
    expect(readMessage(await ask(olga, 'audit <!channel>'))).toContain('That is no device id.')
    await addSteps('cmd_few', 'HC5000-A-0001', 3)
    const few = await ask(ada, 'audit hc5000-a-0001')
    expect(
      readMessage(few)
        .split('\n')
        .filter((line) => line.includes('CLEAN_TURB')),
    ).not.toHaveLength(0)
    expect(readMessage(few)).not.toContain(HYDROCORE_WORDS.auditStarted)
    await addSteps('cmd_many', 'HC5000-A-0002', 14)
    const many = await ask(olga, 'audit HC5000-A-0002')
    expect(textIn(many.blocks).match(/CLEAN_TURB/g)).toHaveLength(10)
    expect(textIn(many.blocks)).toContain('step 14')
    const csv = await contentOf(await fileOf(olga, 'audit-HC5000-A-0002.csv'), 'audit-HC5000-A-0002.csv')
    expect(csv.trim().split('\r\n')).toHaveLength(15)
    expect(readMessage(await ask(olga, 'audit'))).toContain(HYDROCORE_WORDS.auditStarted)
    await fileOf(olga, 'audit.csv')
  })

  it('keeps the audit within what one message holds, and defuses what devices said', async () => {
    const { store } = fixture.app.core
    const [step] = await listNewestSteps(store, null, 1)
    if (!step) return expect.fail()
    const words = '<!channel> '.repeat(2_000)
    const lines = auditLines(Array.from({ length: 10 }, () => ({ ...step, why: words, deviceMessage: words })))
    expect(lines.length).toBeLessThanOrEqual(3_000)
    expect(lines).not.toContain('<!channel>')
    const refused = { ...step, kind: 'refused', event: null, actor: { user: 'U0TECH0002', team: 'T1' } } as const
    const line = auditLines([{ ...refused, why: 'pressed; refused: not an operator' }])
    expect(line).toContain(': <@U0TECH0002> pressed; refused: not an operator')
    const denied = { ...refused, kind: 'step', event: 'deny', from: 'awaiting_approval', to: 'denied' } as const
    expect(auditLines([denied])).toContain(': <@U0TECH0002> denied (awaiting approval → *denied*)')
  })

  async function addCorrection(over: Parameters<typeof correctionRow>[0]) {
    const row = correctionRow({ author: PEOPLE.technician, author_team: 'T0HYDRO001', dedup_key: null, ...over })
    await fixture.app.core.store.insertInto('corrections').values(row).execute()
  }

  async function addSteps(id: string, device: string, count: number) {
    const { store } = fixture.app.core
    const { id: answer_id } = await addAnswer(store)
    const rest = { code: 'E-02', command: 'CLEAN_TURB', state: 'accepted', team: 'T1', channel: 'C1', offered_at: NOON }
    await store
      .insertInto('commands')
      .values({ id, answer_id, device, ...rest })
      .execute()
    const steps = Array.from({ length: count }, (_, i) => ({
      id: `${id}.${String(i + 1).padStart(4, '0')}`,
      command_id: id,
      at: NOON + i,
      to_state: 'accepted',
      why: `step ${i + 1}`,
    }))
    await store.insertInto('command_steps').values(steps).execute()
  }
})
