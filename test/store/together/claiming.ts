import { claimQuestion, type NewQuestion } from '../../../src/diagnosis/questions/question-records.ts'
import { openStore, type StoreConfig } from '../../../src/store/open.ts'
import { runTogether } from '../../support/processes.ts'
import { silent } from '../../support/silent.ts'

export type ClaimingJob = { config: StoreConfig; question: NewQuestion; claimers: number }

/** Claims one question many times from this process; sends how often it won. */
await runTogether(async (job) => {
  const { config, question, claimers } = job as ClaimingJob
  const store = await openStore(config, silent)
  const claims = await Promise.all(
    Array.from({ length: claimers }, (_, i) =>
      claimQuestion(store, question, { owner: `${process.pid}-${i}`, until: Date.now() + 60_000 }, Date.now()),
    ),
  )
  await store.destroy()
  return claims.filter((claim) => claim !== null).length
})
