import { expect, it } from 'vitest'
import { createJobPoller } from '../../../src/training/jobs/job-poller.ts'
import type { Jobs } from '../../../src/training/jobs/jobs.ts'
import { NOON } from '../../support/rows.ts'
import { silent } from '../../support/silent.ts'

const DAY = 24 * 60 * 60 * 1_000
const OURS = 'http://127.0.0.1/v1'

it('jobs that nobody watches are looked at: those of our trainer that have not ended, whatever one of them does', async () => {
  const open = { driver: 'openai', base_url: OURS, finished_at: null, created_at: NOON }
  const rows = [
    { ...open, id: 'gone' },
    { ...open, id: 'open' },
    { ...open, id: 'ended', finished_at: NOON },
    { ...open, id: 'elsewhere', base_url: 'http://127.0.0.2/v1' },
    { ...open, id: 'bundle', driver: 'local' },
    { ...open, id: 'forgotten', created_at: NOON - 31 * DAY },
  ]
  const looked: string[] = []
  await using watch = createJobPoller({
    jobs: {
      listJobs: async () => rows,
      showJob: async (id: string) => {
        looked.push(id)
        throw new Error('the trainer does not know it')
      },
    } as unknown as Pick<Jobs, 'listJobs' | 'showJob'>,
    baseUrl: OURS,
    logger: silent,
    now: () => NOON,
  })
  await watch.runOnce()
  expect(looked).toEqual(['gone', 'open'])
})
