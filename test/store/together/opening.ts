import { openStore, type StoreConfig } from '../../../src/store/open.ts'
import { runTogether } from '../../support/processes.ts'
import { silent } from '../../support/silent.ts'

await runTogether(async (job) => {
  const store = await openStore(job as StoreConfig, silent)
  await store.destroy()
  return 'opened'
})
