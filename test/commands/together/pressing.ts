import { loadCatalog } from '../../../src/catalog/loading.ts'
import { createCommands } from '../../../src/commands/commands.ts'
import { openStore, type StoreConfig } from '../../../src/store/open.ts'
import { runTogether } from '../../support/processes.ts'
import { silent } from '../../support/silent.ts'

export type PressingJob = { config: StoreConfig; commandIds: string[]; clicks: number; now: number }
export type Pressed = { sent: string[]; outcomes: Record<string, number> }

/** Presses every command many times at once from this process; tells what it sent, and how often it heard what. */
await runTogether(async (job): Promise<Pressed> => {
  const { config, commandIds, clicks, now } = job as PressingJob
  const store = await openStore(config, silent)
  const sent: string[] = []
  const commands = createCommands({
    catalog: await loadCatalog(),
    gateway: { send: async ({ commandId }) => void sent.push(commandId), subscribe: () => () => undefined },
    store,
    logger: silent,
    hasOperators: true,
    now: () => new Date(now),
  })
  const person = { user: `U${process.pid}`, team: 'T1', mayOperate: true, isExternal: false }
  const presses = Array.from({ length: clicks }, () => commandIds.map((id) => commands.request(id, person))).flat()
  const outcomes: Record<string, number> = {}
  for (const outcome of await Promise.all(presses)) {
    const heard = outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind
    outcomes[heard] = (outcomes[heard] ?? 0) + 1
  }
  await commands[Symbol.asyncDispose]()
  await store.destroy()
  return { sent, outcomes }
})
