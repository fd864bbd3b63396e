import { z } from 'zod'
import { type Person, parseInput, parseWorkspaceRef } from './payloads.ts'

/** What our fields' inputs are called; a field keeps its name while its block is replaced by one with another value. */
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
    // Slack promises none for a form that was closed.
    state: z
      .object({ values: z.record(z.string(), z.record(z.string(), z.unknown())) })
      .nullish()
      .catch(null),
  }),
})

/** A form of fields as a person has it before them, or had it when they closed or sent it. */
export type OpenForm = {
  person: Person
  viewId: string
  callbackId: string
  metadata: string
  externalId: string
  triggerId: string
  /** What stands in each field. */
  values: Readonly<Record<string, string>>
  /** Whether any of it is other than what we had filled in. */
  isTouched: boolean
  /** The block in which each field stands now. */
  blockOf: Readonly<Record<string, string>>
}

/** Reads a click, a change, a submission or the closing of one of our forms. */
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

/** The faults of fields under the blocks in which the fields stand, which is how Slack wants them. */
export function faultsAtBlocks(
  { blockOf }: Pick<OpenForm, 'blockOf'>,
  faults: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(faults).flatMap(([field, fault]) => (fault ? [[blockOf[field] ?? field, fault]] : [])),
  )
}
