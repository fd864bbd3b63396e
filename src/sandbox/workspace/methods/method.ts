import { z } from 'zod'
import { fromJson } from '../blockkit/checking.ts'
import { PlatformError, refusal } from '../platform-error.ts'
import type { World } from '../state/world.ts'
import type { Tier } from './rates.ts'

/** One method of the Web API, arguments still unread. */
export type Method = {
  tier: Tier
  scope: string | null
  token: 'bot' | 'app' | 'any' | 'none'
  call(args: Readonly<Record<string, unknown>>, world: World): Promise<Readonly<Record<string, unknown>>>
}

type Spec<Params extends z.ZodType> = {
  tier: Tier
  scope?: string
  token?: Method['token']
  params: Params
  run(
    args: z.infer<Params>,
    world: World,
  ): Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>
}

/** Arguments that do not fit answer `invalid_arguments`, saying which. */
export function method<Params extends z.ZodType>({ tier, scope, token = 'bot', params, run }: Spec<Params>): Method {
  return {
    tier,
    token,
    scope: scope ?? null,
    async call(args, world) {
      const read = params.safeParse(args, { reportInput: true })
      if (read.success) return run(read.data, world)
      throw refusal(
        'invalid_arguments',
        read.error.issues.map((issue) =>
          issue.code === 'invalid_type' && issue.input === undefined
            ? `missing required field: ${issue.path.join('.')}`
            : `${issue.message} [json-pointer:/${issue.path.join('/')}]`,
        ),
      )
    },
  }
}

/** For what depends on the arguments, such as the kind of a channel. */
export function needScope(world: World, needed: string): void {
  if (!world.scopes.has(needed)) throw missingScope(world, needed)
}
export const missingScope = (world: World, needed: string) =>
  new PlatformError('missing_scope', { needed, provided: [...world.scopes].join(',') })

/** Forms carry everything as text; JSON bodies carry the real thing. Both are welcome, as in Slack. */
export const text = z.coerce.string()
export const id = z.string().min(1)
export const ts = z.string().regex(/^\d{1,12}\.\d{1,6}$/, 'must be a message timestamp')
export const flag = z
  .union([z.boolean(), z.enum(['true', 'false', '1', '0', ''])])
  .transform((value) => value === true || value === 'true' || value === '1')
export const count = z.coerce.number().int()
export const json = <Schema extends z.ZodType>(schema: Schema) => z.preprocess(fromJson, schema)

/** One page of a list, and the cursor of the next. */
export function page<Item>(items: readonly Item[], limit: number, cursor: string | undefined) {
  const start = cursor ? Number(Buffer.from(cursor, 'base64url').toString()) : 0
  if (!Number.isInteger(start) || start < 0) throw new PlatformError('invalid_cursor')
  const end = start + Math.max(1, limit)
  const next = end < items.length ? Buffer.from(String(end)).toString('base64url') : ''
  return { items: items.slice(start, end), hasMore: next !== '', response_metadata: { next_cursor: next } }
}
export const paged = { limit: count.optional(), cursor: z.string().optional() }
