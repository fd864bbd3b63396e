import { describe, expect, it } from 'vitest'
import { GatewayOfflineError, GatewayUncertainError } from '../../src/commands/devices/gateway-errors.ts'
import { CommandNotOfferedError } from '../../src/commands/errors.ts'
import type { ActionResult } from '../../src/commands/send-command.ts'
import { describeOnDatabases } from '../support/databases.ts'
import { NOON } from '../support/rows.ts'
import { ANNA, BEN, type CommandsSetup, catalog, DEVICE, OTHER_DEVICE, REBOOT, useDatabase } from './setup.ts'

describeOnDatabases('commands', (kind) => {
  const openCommands = useDatabase(kind)
  const story = (title: string, tell: (scene: CommandsSetup) => Promise<void>) =>
    it(title, async () => {
      await using scene = await openCommands()
      await tell(scene)
    })
  const codeOf = (outcome: ActionResult) => (outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind)

  describe('from the button to the result', () => {
    story('goes to the device once and comes back with its words', async ({ commands, gateway, clock, ...scene }) => {
      const { id } = await scene.offered()
      clock.pass(60)
      const pressedAt = clock.now
      const outcome = await commands.request(id, ANNA)
      expect(outcome).toMatchObject({
        kind: 'sent',
        command: {
          state: 'sent',
          requestedBy: { user: 'UANNA', team: 'T1' },
          requestedAt: pressedAt,
          sentAt: pressedAt,
        },
      })
      expect(gateway.sent).toEqual([
        {
          commandId: id,
          device: DEVICE,
          command: 'CLEAN_TURB',
          requestedAt: pressedAt,
          expiresAt: new Date(pressedAt.getTime() + 120_000),
        },
      ])
      clock.pass(1)
      await scene.result({ id, device: DEVICE }, 'accepted')
      await scene.result({ id, device: DEVICE }, 'running', 'Flushing the lens')
      clock.pass(5)
      await scene.result({ id, device: DEVICE }, 'succeeded', 'Lens clean, 3 NTU')
      expect(await commands.find(id)).toMatchObject({
        state: 'succeeded',
        deviceMessage: 'Lens clean, 3 NTU',
        settledAt: clock.now,
      })
      expect(await commands.stepsOf(id)).toMatchObject([
        { from: null, to: 'offered', actor: null },
        { from: 'offered', to: 'requested', actor: { user: 'UANNA', team: 'T1' }, at: pressedAt },
        { from: 'requested', to: 'sent', actor: null },
        { from: 'sent', to: 'accepted', deviceMessage: null },
        { from: 'accepted', to: 'accepted', deviceMessage: 'Flushing the lens' },
        {
          from: 'accepted',
          to: 'succeeded',
          deviceMessage: 'Lens clean, 3 NTU',
          why: 'the device says that it worked',
        },
      ])
    })

    story('is written before anything is sent', async ({ commands, gateway, ...scene }) => {
      const { id } = await scene.offered()
      let seen: string | undefined
      gateway.sending = async () => {
        seen = (await commands.find(id))?.state
      }
      await commands.request(id, ANNA)
      expect(seen).toBe('requested')
    })

    story('tells each step once and in order, also to a slow listener and after one that fails', async (scene) => {
      const { commands } = scene
      const told: string[] = []
      commands.onChange(() => {
        throw new Error('the workspace is away')
      })
      const { promise: isGone, resolve: letGo } = Promise.withResolvers<void>()
      commands.onChange(async (command, step) => {
        if (step.to === 'sent') await isGone
        told.push(`${step.to} ${command.state}`)
      })
      const command = await scene.offered()
      await commands.request(command.id, ANNA)
      await scene.result(command, 'accepted')
      await scene.result(command, 'succeeded')
      letGo()
      await commands[Symbol.asyncDispose]()
      expect(told).toEqual(['requested requested', 'sent sent', 'accepted accepted', 'succeeded succeeded'])
    })

    story('takes the device that somebody chose, in small letters too', async ({ commands, gateway, ...scene }) => {
      const { id } = await scene.offered({ device: null })
      expect(codeOf(await commands.request(id, ANNA))).toBe('device_missing')
      expect(codeOf(await commands.request(id, ANNA, ' hc5000-a-1138 '))).toBe('sent')
      expect(gateway.sent).toMatchObject([{ device: DEVICE }])
      expect(await commands.find(id)).toMatchObject({ device: DEVICE })
    })
  })

  describe('offering', () => {
    story('gives one button however often it is asked', async ({ commands, ...scene }) => {
      const first = await scene.offered()
      const again = await commands.offer(first)
      expect(again.id).toBe(first.id)
      await commands.setMessage(first.answerId, 'D9', '1764000000.000100')
      expect(await commands.ofAnswer(first.answerId)).toMatchObject([
        { id: first.id, channel: 'D9', messageTs: '1764000000.000100' },
      ])
    })

    story(
      'refuses what the catalog does not recommend, and drops what is no device id',
      async ({ commands, ...scene }) => {
        await expect(scene.offered({ command: 'RECALIB_PH' })).rejects.toBeInstanceOf(CommandNotOfferedError)
        await expect(scene.offered({ command: 'constructor' })).rejects.toBeInstanceOf(CommandNotOfferedError)
        for (const device of ['+', '#', 'HC5000-A-1138/../#', 'HC5000-A-1138\0', 'x'.repeat(10_000)]) {
          const { id } = await scene.offered({ device })
          expect((await commands.find(id))?.device).toBeNull()
        }
      },
    )

    story('lapses after 30 minutes, told by the watch', async ({ commands, clock, gateway, ...scene }) => {
      const { id } = await scene.offered()
      clock.pass(30 * 60 - 1)
      await commands.runOnce()
      expect((await commands.find(id))?.state).toBe('offered')
      clock.pass(1)
      await commands.runOnce()
      expect(await scene.pathOf(id)).toEqual(['offered', 'expired'])
      expect(codeOf(await commands.request(id, ANNA))).toBe('offer_lapsed')
      expect(gateway.sent).toEqual([])
    })

    story('lapses at the press when the watch was not there', async ({ commands, clock, ...scene }) => {
      const { id } = await scene.offered()
      clock.pass(31 * 60)
      expect(await commands.request(id, ANNA)).toMatchObject({
        kind: 'refused',
        refusal: { code: 'offer_lapsed' },
        command: { state: 'expired' },
      })
    })

    story('makes a new button in the same message once the old one came to an end', async (scene) => {
      const { commands, clock, gateway } = scene
      gateway.sending = async () => {
        throw new GatewayOfflineError('down')
      }
      const { id, answerId } = await scene.offered()
      await commands.setMessage(answerId, 'D9', '1764000000.000100')
      expect(await commands.offerAgain(id)).toBeNull()
      await commands.request(id, ANNA)
      clock.pass(1)
      const told: string[] = []
      commands.onChange((command) => void told.push(command.id))
      const again = await commands.offerAgain(id)
      expect(told).toEqual([again?.id])
      expect(again).toMatchObject({ state: 'offered', device: DEVICE, channel: 'D9', messageTs: '1764000000.000100' })
      expect(again?.id).not.toBe(id)
      expect((await commands.offerAgain(id))?.id).toBe(again?.id)
      gateway.sending = async () => {}
      expect(codeOf(await commands.request(again?.id ?? '', ANNA))).toBe('sent')
    })
  })

  describe('pressing more than once', () => {
    story('sends nothing more, and says who did it', async ({ commands, gateway, ...scene }) => {
      const { id } = await scene.offered()
      await commands.request(id, ANNA)
      expect(await commands.request(id, BEN)).toMatchObject({
        kind: 'refused',
        refusal: { code: 'already', by: { user: 'UANNA', team: 'T1' }, state: 'sent' },
      })
      expect(gateway.sent).toHaveLength(1)
    })

    story('sends once for 20 clicks at the same time', async ({ commands, gateway, ...scene }) => {
      const { id } = await scene.offered()
      const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => commands.request(id, i % 2 ? ANNA : BEN)))
      expect(outcomes.filter(({ kind }) => kind === 'sent')).toHaveLength(1)
      expect(outcomes.map(codeOf).filter((code) => code === 'already')).toHaveLength(19)
      expect(gateway.sent).toHaveLength(1)
    })

    story('lets the broker through in a crowd of clicks', async ({ commands, gateway, ...scene }) => {
      // Confirmed by the event loop's turning, as a real broker would; a starved loop never comes to it.
      const turns: number[] = []
      let refused = 0
      gateway.sending = () =>
        new Promise((confirm) =>
          setImmediate(() => {
            turns.push(refused)
            confirm()
          }),
        )
      const { id } = await scene.offered()
      const clicks = Array.from({ length: 1_000 }, async () => {
        const outcome = await commands.request(id, ANNA)
        if (outcome.kind === 'refused') refused += 1
        return outcome.kind
      })
      expect((await Promise.all(clicks)).filter((outcome) => outcome === 'sent')).toHaveLength(1)
      expect(turns).toHaveLength(1)
      expect(turns[0]).toBeLessThan(200)
    })

    story('gives a device one command at a time, whatever message the button stands in', async (scene) => {
      const { commands, gateway } = scene
      const cleanings = await Promise.all(Array.from({ length: 10 }, () => scene.offered()))
      const recalibration = await scene.offered({ code: 'E-01', command: 'RECALIB_PH' })
      const elsewhere = await scene.offered({ device: OTHER_DEVICE })
      const outcomes = await Promise.all(
        [...cleanings, recalibration].map(({ id }, i) => commands.request(id, i % 2 ? ANNA : BEN)),
      )
      expect(outcomes.filter(({ kind }) => kind === 'sent')).toHaveLength(1)
      expect(outcomes.map(codeOf).filter((code) => code === 'busy')).toHaveLength(10)
      expect(codeOf(await commands.request(elsewhere.id, ANNA))).toBe('sent')
      expect(gateway.sent).toHaveLength(2)
      const open = await Promise.all(cleanings.map(({ id }) => commands.find(id)))
      expect(open.filter((command) => command?.state === 'offered').length).toBeGreaterThanOrEqual(9)
    })

    story('keeps the cooldown when a quick device is done before the next press is decided', async (scene) => {
      const { commands, gateway } = scene
      gateway.sending = async ({ commandId, device }) => scene.result({ id: commandId, device }, 'succeeded')
      const offers = await Promise.all(Array.from({ length: 20 }, () => scene.offered()))
      const outcomes = await Promise.all(offers.map(({ id }) => commands.request(id, ANNA)))
      expect(gateway.sent).toHaveLength(1)
      const others = outcomes.map(codeOf).filter((code) => code !== 'sent')
      expect(new Set([...others, 'busy', 'cooldown'])).toEqual(new Set(['busy', 'cooldown']))
    })

    it('is decided again while it holds its device, so that nothing slips in between', async () => {
      let looks = 0
      const allows = () => {
        looks += 1
        return looks <= 2
      }
      const forgetful = { ...catalog, allows }
      await using scene = await openCommands({ catalog: forgetful })
      const { id } = await scene.offered()
      expect(codeOf(await scene.commands.request(id, ANNA))).toBe('not_in_catalog')
      expect(looks).toBe(4)
      expect(scene.gateway.sent).toEqual([])
      expect(await scene.pathOf(id)).toEqual(['offered'])
    })

    story('is possible again when the cooldown is over', async ({ commands, clock, ...scene }) => {
      const first = await scene.offered()
      await commands.request(first.id, ANNA)
      await scene.result(first, 'succeeded')
      clock.pass(200)
      const second = await scene.offered()
      expect(await commands.request(second.id, ANNA)).toMatchObject({
        refusal: { code: 'cooldown', until: new Date(NOON + 300_000) },
      })
      clock.pass(100)
      expect(codeOf(await commands.request(second.id, ANNA))).toBe('sent')
    })

    story('leaves nothing behind when it is refused', async ({ commands, gateway, ...scene }) => {
      const { id } = await scene.offered()
      await scene.online(DEVICE, false)
      const refused = [
        await commands.request(id, { ...ANNA, isExternal: true }),
        await commands.request(id, { ...ANNA, mayOperate: false }),
        await commands.request(id, ANNA),
        await commands.request(id, ANNA, OTHER_DEVICE),
        await commands.request('cmd_0nobody0made0this', ANNA),
        await commands.request("'; drop table commands; --\0", ANNA),
      ]
      expect(refused.map(codeOf)).toEqual([
        'external',
        'not_operator',
        'device_offline',
        'device_mismatch',
        'no_such_command',
        'no_such_command',
      ])
      expect(gateway.sent).toEqual([])
      expect(await scene.pathOf(id)).toEqual(['offered'])
    })

    story('names the nearest devices when nobody knows the one that was typed', async ({ commands, ...scene }) => {
      const { id } = await scene.offered({ device: null })
      expect(await commands.request(id, ANNA, 'HC5000-A-1139')).toMatchObject({
        refusal: { code: 'device_unknown', nearest: [DEVICE, OTHER_DEVICE] },
      })
      for (const typed of ['+', '#', 'HC5000-A-1138/#', 'x'.repeat(10_000), '\0']) {
        expect(codeOf(await commands.request(id, ANNA, typed))).toBe('device_unknown')
      }
    })
  })

  describe('a catalog with medium risk', () => {
    it('wants the device id typed', async () => {
      const clean = catalog.command('CLEAN_TURB')
      const strict = { ...catalog, command: () => clean && { ...clean, risk: 'medium' as const } }
      await using scene = await openCommands({ catalog: strict })
      const { id } = await scene.offered()
      expect(codeOf(await scene.commands.request(id, ANNA))).toBe('device_not_typed')
      expect(codeOf(await scene.commands.request(id, ANNA, OTHER_DEVICE))).toBe('device_mismatch')
      expect(codeOf(await scene.commands.request(id, ANNA, DEVICE))).toBe('sent')
    })
  })

  describe('high risk', () => {
    story('is sent when a second operator approves', async ({ commands, gateway, clock, ...scene }) => {
      const { id } = await scene.offered(REBOOT)
      expect(codeOf(await commands.request(id, ANNA))).toBe('awaiting_approval')
      expect(gateway.sent).toEqual([])
      clock.pass(14 * 60)
      const outcome = await commands.approve(id, BEN)
      expect(outcome).toMatchObject({ kind: 'sent', command: { state: 'sent', approvedBy: 'UBEN' } })
      expect(gateway.sent).toMatchObject([{ commandId: id, requestedAt: clock.now }])
      expect(await scene.pathOf(id)).toEqual(['offered', 'awaiting_approval', 'approved', 'sent'])
    })

    story('is never approved by who asked for it, not even at the same moment', async (scene) => {
      const { commands, gateway } = scene
      const { id } = await scene.offered(REBOOT)
      const clicks = Array.from({ length: 10 }, () => [commands.request(id, ANNA), commands.approve(id, ANNA)]).flat()
      const outcomes = await Promise.all(clicks)
      expect(outcomes.filter(({ kind }) => kind === 'awaiting_approval')).toHaveLength(1)
      expect(codeOf(await commands.approve(id, ANNA))).toBe('own_request')
      expect(codeOf(await commands.approve(id, { ...ANNA, team: 'T2' }))).toBe('own_request')
      expect(gateway.sent).toEqual([])
    })

    it('is not approved through a second account of the same person', async () => {
      const emails = new Map([
        ['UANNA', 'anna@example.org'],
        ['UANNA2', 'anna@example.org'],
        ['UBEN', 'ben@example.org'],
      ])
      await using scene = await openCommands({
        isSamePerson: async (one, other) => emails.get(one.user) === emails.get(other.user),
      })
      const { id } = await scene.offered(REBOOT)
      await scene.commands.request(id, ANNA)
      expect(codeOf(await scene.commands.approve(id, { ...ANNA, user: 'UANNA2', team: 'T2' }))).toBe('own_request')
      expect(codeOf(await scene.commands.approve(id, BEN))).toBe('sent')
    })

    story(
      'is sent once, however many approve, deny and withdraw it at once',
      async ({ commands, gateway, ...scene }) => {
        const { id } = await scene.offered(REBOOT)
        await commands.request(id, ANNA)
        const outcomes = await Promise.all([
          ...Array.from({ length: 6 }, () => commands.approve(id, BEN)),
          ...Array.from({ length: 6 }, () => commands.deny(id, BEN)),
          ...Array.from({ length: 6 }, () => commands.cancel(id, ANNA)),
        ])
        expect(outcomes.filter(({ kind }) => kind !== 'refused')).toHaveLength(1)
        const { state } = (await commands.find(id)) ?? {}
        expect(gateway.sent).toHaveLength(state === 'sent' ? 1 : 0)
      },
    )

    story('is denied by another and withdrawn by oneself, and then nothing is sent', async (scene) => {
      const { commands, gateway } = scene
      const first = await scene.offered(REBOOT)
      await commands.request(first.id, ANNA)
      expect(codeOf(await commands.deny(first.id, { ...BEN, mayOperate: false }))).toBe('not_operator')
      expect(codeOf(await commands.cancel(first.id, BEN))).toBe('not_yours')
      expect(await commands.deny(first.id, BEN)).toMatchObject({ kind: 'denied', command: { state: 'denied' } })
      expect(codeOf(await commands.approve(first.id, BEN))).toBe('already')

      const second = await scene.offered(REBOOT)
      await commands.request(second.id, ANNA)
      expect(codeOf(await commands.deny(second.id, ANNA))).toBe('cancelled')
      const third = await scene.offered(REBOOT)
      await commands.request(third.id, ANNA)
      expect(codeOf(await commands.cancel(third.id, ANNA))).toBe('cancelled')
      expect(gateway.sent).toEqual([])
    })

    story('holds its device while it waits, and lets go of it after 15 minutes', async (scene) => {
      const { commands, clock, gateway } = scene
      const reboot = await scene.offered(REBOOT)
      await commands.request(reboot.id, ANNA)
      const cleaning = await scene.offered()
      expect(await commands.request(cleaning.id, BEN)).toMatchObject({
        refusal: { code: 'busy', with: { id: reboot.id, requestedBy: { user: 'UANNA' } } },
      })
      clock.pass(15 * 60)
      expect(codeOf(await commands.approve(reboot.id, BEN))).toBe('approval_lapsed')
      expect(await scene.pathOf(reboot.id)).toEqual(['offered', 'awaiting_approval', 'expired'])
      expect(codeOf(await commands.request(cleaning.id, BEN))).toBe('sent')
      expect(gateway.sent).toMatchObject([{ commandId: cleaning.id }])
    })
  })

  describe('a send that goes wrong', () => {
    story('says that nothing was sent when the gateway is offline, and frees the device at once', async (scene) => {
      const { commands, gateway } = scene
      gateway.sending = async () => {
        throw new GatewayOfflineError('down')
      }
      const { id } = await scene.offered()
      const outcome = await commands.request(id, ANNA)
      expect(outcome).toMatchObject({
        kind: 'not_sent',
        command: { state: 'failed', sentAt: null },
        remedy: expect.stringContaining('Nothing was sent'),
      })
      expect((await commands.stepsOf(id)).at(-1)?.why).toContain('Nothing was sent')
      gateway.sending = async () => {}
      const next = await scene.offered()
      expect(codeOf(await commands.request(next.id, ANNA))).toBe('sent')
    })

    for (const [what, error] of [
      ['the broker does not confirm it', new GatewayUncertainError('no PUBACK')],
      ['the gateway fails in a way nobody foresaw', new TypeError('boom')],
    ] as const) {
      story(`says that it is not known when ${what}, never sends again, and keeps the cooldown`, async (scene) => {
        const { commands, gateway, clock } = scene
        gateway.sending = async () => {
          throw error
        }
        const command = await scene.offered()
        expect(await commands.request(command.id, ANNA)).toMatchObject({
          kind: 'uncertain',
          command: { state: 'unknown' },
          remedy: expect.stringContaining('not known'),
        })
        clock.pass(1)
        await commands.runOnce()
        expect(gateway.sent).toHaveLength(1)
        const next = await scene.offered()
        expect(codeOf(await commands.request(next.id, ANNA))).toBe('cooldown')
        await scene.result(command, 'succeeded', 'Done all the same')
        expect(await commands.find(command.id)).toMatchObject({ state: 'succeeded', sentAt: new Date(NOON) })
      })
    }

    story('believes a device that answers before the broker confirmed', async ({ commands, gateway, ...scene }) => {
      const command = await scene.offered()
      gateway.sending = async () => {
        await scene.result(command, 'accepted')
        await scene.result(command, 'succeeded', 'Quick as a flash')
      }
      expect(await commands.request(command.id, ANNA)).toMatchObject({
        kind: 'sent',
        command: { state: 'succeeded', sentAt: new Date(NOON) },
      })
      expect(await scene.pathOf(command.id)).toEqual(['offered', 'requested', 'accepted', 'succeeded'])
    })

    story('believes a device that answers although the broker never confirmed', async (scene) => {
      const { commands, gateway } = scene
      const command = await scene.offered()
      gateway.sending = async () => {
        await scene.result(command, 'accepted')
        throw new GatewayUncertainError('no PUBACK')
      }
      expect(await commands.request(command.id, ANNA)).toMatchObject({
        kind: 'uncertain',
        command: { state: 'accepted' },
      })
      await scene.result(command, 'failed', 'The brush is stuck')
      expect(await commands.find(command.id)).toMatchObject({ state: 'failed', deviceMessage: 'The brush is stuck' })
    })
  })

  describe('a process that ends while it sends', () => {
    story('leaves a command whose outcome is unknown, told by the next one and never sent again', async (scene) => {
      const { gateway, clock } = scene
      const died = Promise.withResolvers<void>()
      const isSending = Promise.withResolvers<void>()
      gateway.sending = () => {
        isSending.resolve()
        return died.promise
      }
      const command = await scene.offered()
      const press = scene.commands.request(command.id, ANNA)
      await isSending.promise

      const next = await scene.instance()
      const told: string[] = []
      next.onChange((_command, step) => void told.push(step.to))
      await next.runOnce()
      expect((await next.find(command.id))?.state).toBe('requested')
      expect(codeOf(await next.request(command.id, BEN))).toBe('already')
      clock.pass(30)
      await next.runOnce()
      expect(await next.find(command.id)).toMatchObject({ state: 'unknown', sentAt: null })
      expect(gateway.sent).toHaveLength(1)

      await scene.result(command, 'succeeded', 'It had come through')
      expect(await scene.pathOf(command.id)).toEqual(['offered', 'requested', 'unknown', 'succeeded'])
      died.resolve()
      expect(await press).toMatchObject({ kind: 'sent', command: { state: 'succeeded' } })
      await next[Symbol.asyncDispose]()
      expect(told.filter((state) => state === 'unknown')).toHaveLength(1)
    })

    story('is waited for when it is stopped in good order', async ({ commands, gateway, ...scene }) => {
      const confirmed = Promise.withResolvers<void>()
      const isSending = Promise.withResolvers<void>()
      gateway.sending = () => {
        isSending.resolve()
        return confirmed.promise
      }
      const { id } = await scene.offered()
      const press = commands.request(id, ANNA)
      await isSending.promise
      const stopped = commands[Symbol.asyncDispose]()
      confirmed.resolve()
      await stopped
      expect((await press).kind).toBe('sent')
      expect((await commands.find(id))?.state).toBe('sent')
    })
  })

  describe('deadlines', () => {
    story('make an outcome unknown, honestly, and a late result settles it', async ({ commands, clock, ...scene }) => {
      const command = await scene.offered()
      await commands.request(command.id, ANNA)
      await scene.result(command, 'accepted')
      clock.pass(119)
      await commands.runOnce()
      expect((await commands.find(command.id))?.state).toBe('accepted')
      clock.pass(1)
      await commands.runOnce()
      expect(await commands.find(command.id)).toMatchObject({ state: 'unknown', settledAt: clock.now })
      clock.pass(3_600)
      await scene.result(command, 'running', 'Still brushing')
      expect((await commands.find(command.id))?.state).toBe('unknown')
      await scene.result(command, 'succeeded', 'Took a while')
      await scene.result(command, 'failed', 'No, wait')
      expect(await commands.find(command.id)).toMatchObject({ state: 'succeeded', deviceMessage: 'Took a while' })
    })

    story('are told by one of several instances', async ({ commands, clock, ...scene }) => {
      const others = [await scene.instance(), await scene.instance()]
      const all = [commands, ...others]
      const told: string[] = []
      for (const each of all) each.onChange((_command, step) => void told.push(step.to))
      const command = await scene.offered()
      await commands.request(command.id, ANNA)
      clock.pass(120)
      await Promise.all(all.map((each) => each.runOnce()))
      await Promise.all(all.map((each) => each[Symbol.asyncDispose]()))
      expect(told).toEqual(['requested', 'sent', 'unknown'])
    })
  })
})
