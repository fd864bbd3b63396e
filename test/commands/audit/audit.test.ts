import { describe, expect, it } from 'vitest'
import { auditSteps, writeAudit } from '../../../src/commands/audit/audit.ts'
import { listCommands } from '../../../src/commands/audit/audit-records.ts'
import { csvLine } from '../../../src/lib/csv.ts'
import type { Store } from '../../../src/store/open.ts'
import { describeOnDatabases } from '../../support/databases.ts'
import fc from '../../support/properties.ts'
import { NOON } from '../../support/rows.ts'
import { ANNA, DEVICE, OTHER_DEVICE, useDatabase } from '../setup.ts'

const textOf = async (store: Store, format: 'csv' | 'jsonl', filter = {}) =>
  (await Array.fromAsync(writeAudit(auditSteps(store, filter), format))).join('')

describeOnDatabases('the audit', (kind) => {
  const openCommands = useDatabase(kind)

  it('tells who did what to which device when, and what it said', async () => {
    await using scene = await openCommands()
    const { commands, store, clock } = scene
    const command = await scene.offered()
    await commands.setMessage(command.answerId, 'D9', '1764000000.000100')
    await commands.request(command.id, ANNA)
    await scene.result(command, 'failed', '=HYPERLINK("http://evil.example","click"), said it')
    const rows = (await textOf(store, 'jsonl')).trimEnd().split('\n')
    expect(rows.map((row) => JSON.parse(row).to)).toEqual(['offered', 'requested', 'sent', 'failed'])
    expect(JSON.parse(rows[1] ?? '')).toEqual({
      at: clock.now.toISOString(),
      command_id: command.id,
      step: `${command.id}.0002`,
      kind: 'step',
      code: 'E-02',
      command: 'CLEAN_TURB',
      device: DEVICE,
      from: 'offered',
      to: 'requested',
      actor: 'UANNA',
      actor_team: 'T1',
      why: 'an operator pressed the button',
      device_message: null,
      requested_by: 'UANNA',
      requested_by_team: 'T1',
      approved_by: null,
      team: 'T1',
      channel: 'D9',
      message_ts: '1764000000.000100',
      answer_id: command.answerId,
    })
    const lines = (await textOf(store, 'csv')).split('\r\n')
    expect(lines[0]).toMatch(/^at,command_id,step,/)
    expect(lines).toHaveLength(1 + 4 + 1)
    expect(lines[4]).toContain(`,"'=HYPERLINK(""http://evil.example"",""click""), said it",`)
  })

  it('is read page by page to its end, of one device or of a time when asked', async () => {
    await using scene = await openCommands()
    const { store, clock } = scene
    const here = await scene.offered()
    const there = await scene.offered({ device: OTHER_DEVICE })
    const steps = Array.from({ length: 1_200 }, (_, i) => ({
      id: `${here.id}.${String(i + 2).padStart(4, '0')}`,
      command_id: here.id,
      at: NOON + i * 1_000,
      from_state: 'accepted',
      to_state: 'accepted',
      why: 'the device is working on it',
    }))
    for (let i = 0; i < steps.length; i += 100) {
      await store
        .insertInto('command_steps')
        .values(steps.slice(i, i + 100))
        .execute()
    }
    expect(await Array.fromAsync(auditSteps(store))).toHaveLength(1_202)
    const ids = await Array.fromAsync(auditSteps(store), ({ id }) => id)
    expect(ids).toEqual(ids.toSorted())
    expect(await Array.fromAsync(auditSteps(store, { device: OTHER_DEVICE }), ({ commandId }) => commandId)).toEqual([
      there.id,
    ])
    const until = new Date(NOON + 10_000)
    const since = new Date(NOON + 5_000)
    expect(await Array.fromAsync(auditSteps(store, { since, until }))).toHaveLength(5)
    expect(clock.now).toEqual(new Date(NOON))
  })

  it('lists commands, the newest first', async () => {
    await using scene = await openCommands()
    const first = await scene.offered()
    scene.clock.pass(1)
    const second = await scene.offered({ device: OTHER_DEVICE })
    await scene.commands.request(second.id, ANNA)
    const idsOf = async (filter: Parameters<typeof listCommands>[1]) =>
      (await listCommands(scene.store, filter)).map(({ id }) => id)
    expect(await idsOf({ most: 10 })).toEqual([second.id, first.id])
    expect(await idsOf({ most: 1 })).toEqual([second.id])
    expect(await idsOf({ most: 10, device: DEVICE })).toEqual([first.id])
    expect(await idsOf({ most: 10, state: 'sent' })).toEqual([second.id])
  })
})

describe('a line of CSV', () => {
  /** Reads one line back as RFC 4180 says: commas between cells, quotes around what needs them. */
  const read = (line: string) => {
    const cell = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/sy
    const cells = []
    for (let more = true; more; ) {
      const [, quoted, plain, comma] = cell.exec(line.slice(0, -2)) ?? []
      cells.push(quoted?.replaceAll('""', '"') ?? plain)
      more = comma === ','
    }
    return cells
  }

  it('says what was put in, and nothing that a spreadsheet would run', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom(...'a1 =+-@,;"\'\r\n\t|é') }), { minLength: 1 }),
        (cells) => {
          const line = csvLine(cells)
          expect(line.endsWith('\r\n')).toBe(true)
          const back = read(line)
          expect(back.map((cell, i) => (cell === cells[i] ? cell : cell?.slice(1)))).toEqual(cells)
          for (const cell of back) expect(cell).not.toMatch(/^[=+\-@\t\r]/)
        },
      ),
    )
  })
})
