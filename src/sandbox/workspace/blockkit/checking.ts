import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Block } from '../../page/contract.ts'
import { LIMITS } from '../limits.ts'
import { PlatformError, refusal } from '../platform-error.ts'
import { messageBlock, viewBlock } from './blocks.ts'
import { plainText } from './texts.ts'

const pointer = (path: readonly PropertyKey[]) => `[json-pointer:/${path.map(String).join('/')}]`

/** One fault, in the words Slack's own checker uses. */
function describe(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_big':
      return issue.origin === 'string'
        ? `must be less than ${Number(issue.maximum) + 1} characters ${pointer(issue.path)}`
        : `no more than ${issue.maximum} items allowed ${pointer(issue.path)}`
    case 'too_small':
      return issue.origin === 'string'
        ? `must be more than ${Number(issue.minimum) - 1} characters ${pointer(issue.path)}`
        : `no fewer than ${issue.minimum} items allowed ${pointer(issue.path)}`
    case 'unrecognized_keys':
      return issue.keys.map((key) => `invalid additional property: ${key} ${pointer(issue.path)}`).join('; ')
    case 'invalid_type':
      return issue.input === undefined
        ? `missing required field: ${String(issue.path.at(-1))} ${pointer(issue.path.slice(0, -1))}`
        : `must be a ${issue.expected} ${pointer(issue.path)}`
    case 'invalid_union':
      return `unsupported type ${pointer(issue.path)}`
    default:
      return `${issue.message} ${pointer(issue.path)}`
  }
}

const faultsOf = (schema: z.ZodType, value: unknown, at: readonly PropertyKey[]): string[] => {
  const read = schema.safeParse(value, { reportInput: true })
  return read.success ? [] : read.error.issues.map((issue) => describe({ ...issue, path: [...at, ...issue.path] }))
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The interactive elements a block holds, wherever its type keeps them. */
export const elementsOf = (block: Readonly<Record<string, unknown>>): Record<string, unknown>[] =>
  [block.accessory, block.element, ...[block.elements, block.actions].flat()].filter(isRecord)

const holdsFileInput = (blocks: readonly Block[]) =>
  blocks.some((block) => elementsOf(block).some((element) => element.type === 'file_input'))

function duplicates(blocks: readonly Block[], at: readonly PropertyKey[]): string[] {
  const faults: string[] = []
  const blockIds = new Set<string>()
  for (const [i, block] of blocks.entries()) {
    if (block.block_id && blockIds.has(block.block_id)) {
      faults.push(`duplicate block_id: ${block.block_id} ${pointer([...at, i, 'block_id'])}`)
    }
    if (block.block_id) blockIds.add(block.block_id)
    const actionIds = elementsOf(block).flatMap((element) => element.action_id ?? [])
    for (const id of new Set(actionIds.filter((id, n) => actionIds.indexOf(id) !== n))) {
      faults.push(`duplicate action_id: ${String(id)} ${pointer([...at, i])}`)
    }
  }
  return faults
}

/** Every piece of text inside a payload, whatever its shape. */
function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + textLength(one), 0)
  if (!isRecord(value)) return 0
  return Object.entries(value).reduce(
    (sum, [key, one]) => sum + (key === 'text' && typeof one === 'string' ? one.length : textLength(one)),
    0,
  )
}

/** A JSON value that may have come as text, as forms carry it. */
export function fromJson(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

const newId = () => randomBytes(4).toString('base64url')

/** Slack names what the app left unnamed: blocks get a `block_id`, interactive elements an `action_id`. */
function named(blocks: readonly Block[]): Block[] {
  const element = (value: unknown) =>
    isRecord(value) && 'type' in value && !['image', 'plain_text', 'mrkdwn'].includes(String(value.type))
      ? { ...value, action_id: value.action_id ?? newId() }
      : value
  return blocks.map((block) => ({
    ...block,
    block_id: block.block_id || newId(),
    ...(block.accessory ? { accessory: element(block.accessory) } : {}),
    ...(block.element ? { element: element(block.element) } : {}),
    ...(['actions', 'context_actions'].includes(block.type) && Array.isArray(block.elements)
      ? { elements: block.elements.map(element) }
      : {}),
  }))
}

/** The blocks of a message, checked against Slack's limits. Throws the refusal Slack would answer with. */
export function checkMessageBlocks(given: unknown): Block[] {
  if (given === undefined || given === '') return []
  const value = fromJson(given)
  if (!Array.isArray(value)) throw new PlatformError('invalid_blocks_format')
  if (value.length > LIMITS.message.blocks) {
    throw refusal('msg_blocks_too_many', [`no more than ${LIMITS.message.blocks} items allowed ${pointer(['blocks'])}`])
  }
  const faults = faultsOf(z.array(messageBlock), value, ['blocks'])
  if (faults.length === 0) {
    faults.push(...duplicates(value, ['blocks']))
    const markdown = value.filter((block) => block.type === 'markdown')
    if (textLength(markdown) > LIMITS.message.markdown) {
      faults.push(`markdown blocks must be less than ${LIMITS.message.markdown + 1} characters in total`)
    }
    if (value.filter((block) => block.type === 'table').length > 1) faults.push('only one table allowed')
    if (holdsFileInput(value)) faults.push('file_input is allowed in modals only [json-pointer:/blocks]')
  }
  if (faults.length > 0) throw refusal('invalid_blocks', faults)
  if (textLength(value) > LIMITS.message.blocksText) throw new PlatformError('msg_blocks_too_long')
  return named(value)
}

const viewKeys = {
  private_metadata: z.string().max(LIMITS.view.privateMetadata).optional(),
  callback_id: z.string().max(LIMITS.view.callbackId).optional(),
  external_id: z.string().max(LIMITS.view.externalId).optional(),
}
const blocks = z.array(viewBlock).max(LIMITS.view.blocks)
const modal = z.strictObject({
  type: z.literal('modal'),
  title: plainText(LIMITS.view.label),
  submit: plainText(LIMITS.view.label).optional(),
  close: plainText(LIMITS.view.label).optional(),
  blocks,
  ...viewKeys,
  clear_on_close: z.boolean().optional(),
  notify_on_close: z.boolean().optional(),
  submit_disabled: z.boolean().optional(),
})
const home = z.strictObject({ type: z.literal('home'), blocks, ...viewKeys })

export type ModalDraft = Omit<z.infer<typeof modal>, 'blocks'> & { blocks: Block[] }
export type HomeDraft = Omit<z.infer<typeof home>, 'blocks'> & { blocks: Block[] }

function checkView(schema: z.ZodType, given: unknown): Record<string, unknown> & { blocks: Block[] } {
  const value = fromJson(given)
  if (!isRecord(value)) throw refusal('invalid_arguments', ['missing required field: view [json-pointer:/]'])
  if (Buffer.byteLength(JSON.stringify(value)) > LIMITS.view.bytes) throw new PlatformError('view_too_large')
  const faults = faultsOf(schema, value, ['view'])
  if (faults.length > 0) throw refusal('invalid_arguments', faults)
  const found = value as Record<string, unknown> & { blocks: Block[] }
  faults.push(...duplicates(found.blocks, ['view', 'blocks']))
  if (value.type === 'modal' && !value.submit && found.blocks.some((block) => block.type === 'input')) {
    faults.push('submit is required when an input block is within blocks [json-pointer:/view/submit]')
  }
  if (value.type === 'home' && holdsFileInput(found.blocks)) {
    faults.push('file_input is allowed in modals only [json-pointer:/view/blocks]')
  }
  if (faults.length > 0) throw refusal('invalid_arguments', faults)
  return { ...found, blocks: named(found.blocks) }
}

export const checkModal = (given: unknown) => checkView(modal, given) as ModalDraft
export const checkHome = (given: unknown) => checkView(home, given) as HomeDraft
