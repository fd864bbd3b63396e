import { expect, it } from 'vitest'
import { auditSteps } from '../../src/commands/audit/audit.ts'
import { isRefusal } from '../../src/commands/refusals.ts'
import { describeOnDatabases } from '../support/databases.ts'
import { ANNA, BEN, type CommandsSetup, DEVICE, OTHER_DEVICE, REBOOT, useDatabase } from './setup.ts'

describeOnDatabases('the audit of what moved nothing', (kind) => {
  const openCommands = useDatabase(kind)
  const story = (title: string, tell: (scene: CommandsSetup) => Promise<void>) =>
    it(title, async () => {
      await using scene = await openCommands()
      await tell(scene)
    })
  const audit = ({ store }: CommandsSetup) => Array.fromAsync(auditSteps(store))
  const refusals = async (scene: CommandsSetup) =>
    (await audit(scene)).flatMap(({ kind, why, actor }) => (kind === 'refused' ? [`${actor?.user} ${why}`] : []))

  story('names who was refused, why, and where the command stood', async (scene) => {
    const { commands } = scene
    const { id } = await scene.offered(REBOOT)
    await commands.open(id, { ...BEN, isExternal: true })
    await commands.request(id, { ...BEN, mayOperate: false })
    await commands.request(id, ANNA, OTHER_DEVICE)
    await commands.request(id, ANNA)
    await commands.approve(id, ANNA)
    await commands.cancel(id, BEN)
    const rows = await audit(scene)
    const told = rows.map(({ kind, from, to, actor }) => [kind, from, to, actor?.user])
    // Within one minute the order of refusals is open.
    expect([told[0], ...told.slice(1, 4).toSorted(), told[4], ...told.slice(5).toSorted()]).toEqual([
      ['step', null, 'offered', undefined],
      ['refused', 'offered', 'offered', 'UANNA'],
      ['refused', 'offered', 'offered', 'UBEN'],
      ['refused', 'offered', 'offered', 'UBEN'],
      ['step', 'offered', 'awaiting_approval', 'UANNA'],
      ['refused', 'awaiting_approval', 'awaiting_approval', 'UANNA'],
      ['refused', 'awaiting_approval', 'awaiting_approval', 'UBEN'],
    ])
    expect((await refusals(scene)).toSorted()).toEqual([
      'UANNA pressed; refused: another device was typed',
      'UANNA pressed; refused: their own request',
      'UBEN pressed; refused: a guest or external person',
      'UBEN pressed; refused: not an operator',
      'UBEN pressed; refused: not their request',
    ])
    expect(await scene.pathOf(id)).toEqual(['offered', 'awaiting_approval'])
  })

  story('has one line where another instance was quicker between the look and the press', async (scene) => {
    const { commands, gateway } = scene
    const { id } = await scene.offered()
    const opened = await commands.open(id, ANNA)
    if (isRefusal(opened)) throw new Error(opened.remedy)
    const other = await scene.instance()
    await other.request(id, BEN)
    expect(await commands.request(opened, ANNA)).toMatchObject({ kind: 'refused', refusal: { code: 'already' } })
    expect(gateway.sent).toHaveLength(1)
  })

  story('has one line for an offer that ran out between the look and the press', async (scene) => {
    const { commands, clock } = scene
    const { id } = await scene.offered()
    const opened = await commands.open(id, ANNA)
    if (isRefusal(opened)) throw new Error(opened.remedy)
    clock.pass(31 * 60)
    expect(await commands.request(opened, ANNA)).toMatchObject({ kind: 'refused', refusal: { code: 'offer_lapsed' } })
    expect((await commands.find(id))?.state).toBe('expired')
  })

  story('is not filled by a stuck finger, nor by clicks that only came late', async (scene) => {
    const { commands, clock } = scene
    const { id } = await scene.offered()
    const nobody = { ...BEN, mayOperate: false }
    await Promise.all(Array.from({ length: 20 }, () => commands.request(id, nobody)))
    expect(await refusals(scene)).toHaveLength(1)
    clock.pass(60)
    await commands.request(id, nobody)
    expect(await refusals(scene)).toHaveLength(2)
    await commands.request(id, ANNA)
    await Promise.all(Array.from({ length: 20 }, () => commands.request(id, BEN)))
    expect(await refusals(scene)).toHaveLength(2)
  })

  it('says that an approval could not be checked, and lets it not pass', async () => {
    await using scene = await openCommands({
      isSamePerson: async () => {
        throw new Error('the workspace is away')
      },
    })
    const { id } = await scene.offered(REBOOT)
    await scene.commands.request(id, ANNA)
    expect(await scene.commands.approve(id, BEN)).toMatchObject({ refusal: { code: 'not_verified' } })
    expect(scene.gateway.sent).toEqual([])
    expect(await refusals(scene)).toHaveLength(1)
    expect(await scene.commands.deny(id, BEN)).toMatchObject({ kind: 'denied' })
  })

  story('keeps who looked at the device on site, once, and only after a command that did not help', async (scene) => {
    const { commands } = scene
    const command = await scene.offered()
    const check = (person = ANNA) => commands.checkOnSite(command.id, person)
    const refused = { kind: 'refused', refusal: { code: 'nothing_to_check' } }
    expect(await check()).toMatchObject(refused)
    await commands.request(command.id, ANNA)
    expect(await check()).toMatchObject(refused)
    await scene.result(command, 'failed', 'The wiper is stuck')
    expect(await check({ ...BEN, isExternal: true })).toMatchObject({ refusal: { code: 'external' } })
    const outcomes = await Promise.all([check(), check({ ...BEN, mayOperate: false }), check()])
    expect(outcomes.filter(({ kind }) => kind === 'checked')).toHaveLength(1)
    expect((await commands.find(command.id))?.checkedBy?.team).toBe('T1')
    const checks = (await audit(scene)).filter(({ kind }) => kind === 'checked')
    expect(checks).toMatchObject([{ from: 'failed', to: 'failed', command: { device: DEVICE } }])
  })
})
