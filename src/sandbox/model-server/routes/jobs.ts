import { Hono } from 'hono'
import { JobRequest } from '../job-request.ts'
import type { Jobs } from '../jobs.ts'
import { pageOf } from '../paging.ts'
import { type Env, readBody } from './door.ts'

/** `/fine_tuning/jobs`, with their events and checkpoints, the newest first. */
export function jobRoutes(jobs: Jobs): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/', async (c) => {
    const request = await readBody(c, JobRequest)
    c.get('noteModel')(request.model)
    return c.json(await jobs.create(request))
  })
  app.get('/', (c) => {
    const wanted = [...new URL(c.req.url).searchParams].flatMap(([name, value]) => {
      const key = /^metadata\[(.+)\]$/.exec(name)?.[1]
      return key === undefined ? [] : [{ key, value }]
    })
    const found = jobs.list().filter((job) => wanted.every(({ key, value }) => job.metadata?.[key] === value))
    const { after, limit } = c.req.query()
    return c.json(pageOf(found, { after, limit }))
  })
  app.get('/:id', (c) => c.json(jobs.get(c.req.param('id'))))
  app.post('/:id/cancel', async (c) => c.json(await jobs.cancel(c.req.param('id'))))
  app.post('/:id/pause', async (c) => c.json(await jobs.pause(c.req.param('id'))))
  app.post('/:id/resume', async (c) => c.json(await jobs.resume(c.req.param('id'))))
  app.get('/:id/events', (c) => {
    const { after, limit } = c.req.query()
    return c.json(pageOf(jobs.events(c.req.param('id')), { after, limit }))
  })
  app.get('/:id/checkpoints', (c) => {
    const { after, limit } = c.req.query()
    return c.json(pageOf(jobs.checkpoints(c.req.param('id')), { after, limit }, 10))
  })
  return app
}
