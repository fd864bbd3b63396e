import { Hono } from 'hono'
import { ApiError } from '../api-error.ts'
import type { Models } from '../models.ts'
import type { Env } from './door.ts'

/** `/models`: the base models and what was trained; only the latter can be deleted. */
export function modelRoutes(models: Models): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/', (c) => c.json({ object: 'list', data: models.list() }))
  app.get('/:id', (c) => c.json(models.get(c.req.param('id'))))
  app.delete('/:id', async (c) => {
    const { id, owned_by: owner } = models.get(c.req.param('id'))
    if (owner === 'system') throw new ApiError(403, 'Only fine-tuned models can be deleted.', { param: 'model' })
    await models.remove(id)
    return c.json({ id, object: 'model', deleted: true })
  })
  return app
}
