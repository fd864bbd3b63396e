import { z } from 'zod'
import { type Person, parseInput, parseWorkspaceRef } from './payloads.ts'

/** The prefix of our inputs' action ids; a field keeps its name when its block is replaced. */
export const FIELD_PREFIX = 'field:'

const Element = z.object({
  action_id: z.string(),
  initial_value: z.string().optional(),
  initial_option: z.object({ value: z.string() }).optional(),
})
const Block = z.object({ block_id: z.string(), element: Element })

const OpenForm = z.object({
  user: z.object({ id: z.string() }),
  trigger_id: z.string().default(''),
  view: z.object({
    id: z.string(),
    callback_id: z.string().default(''),
    private_metadata: z.string().default(''),
    external_id: z.string().default(''),
    blocks: z.array(z.unknown()).default([]),
    // Slack doesn't guarantee it for a closed form.
    state: z
      .object({ values: z.record(z.string(), z.record(z.string(), z.unknown())) })
      .nullish()
      .catch(null),
  }),
})

/** A form with fields as it stands, or as it was closed or submitted. */
export type OpenForm = {
  person: Person
  viewId: string
  callbackId: string
  metadata: string
  externalId: string
  triggerId: string
  /** The value of each field. */
  values: Readonly<Record<string, string>>
  /** Whether anything differs from what we filled in. */
  isTouched: boolean
  /** The current block id of each field. */
  blockOf: Readonly<Record<string, string>>
}

/** Parses a click, a change, a submission or a closing of one of our forms. */
export function parseOpenForm(body: unknown): OpenForm | null {
  const read = OpenForm.safeParse(body)
  if (!read.success) return null
  const { user, trigger_id, view } = read.data
  const fields = view.blocks.flatMap((block) => {
    const { data } = Block.safeParse(block)
    if (!data?.element.action_id.startsWith(FIELD_PREFIX)) return []
    const { initial_value, initial_option } = data.element
    const field = data.element.action_id.slice(FIELD_PREFIX.length)
    return [{ field, block: data.block_id, initial: initial_value ?? initial_option?.value ?? '' }]
  })
  const values: Record<string, string> = {}
  for (const elements of Object.values(view.state?.values ?? {}))
    for (const [name, input] of Object.entries(elements))
      if (name.startsWith(FIELD_PREFIX)) values[name.slice(FIELD_PREFIX.length)] = parseInput(input)
  return {
    person: { user: user.id, team: parseWorkspaceRef(body)?.team ?? '' },
    viewId: view.id,
    callbackId: view.callback_id,
    metadata: view.private_metadata,
    externalId: view.external_id,
    triggerId: trigger_id,
    values,
    isTouched: fields.some(({ field, initial }) => field in values && values[field] !== initial),
    blockOf: Object.fromEntries(fields.map(({ field, block }) => [field, block])),
  }
}

/** The faults by the block ids of their fields, as Slack expects them. */
export function faultsAtBlocks(
  { blockOf }: Pick<OpenForm, 'blockOf'>,
  faults: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(faults).flatMap(([field, fault]) => (fault ? [[blockOf[field] ?? field, fault]] : [])),
  )
}
