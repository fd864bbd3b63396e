import { randomBytes } from 'node:crypto'
import type { Block, StateValues } from '../../page/contract.ts'
import type { HomeDraft, ModalDraft } from '../blockkit/checking.ts'
import { LIMITS } from '../limits.ts'
import { PlatformError } from '../platform-error.ts'

/** A view in front of a person: a modal on their stack, or their Home tab. */
export type OpenView = {
  id: string
  userId: string
  draft: ModalDraft | HomeDraft
  hash: string
  rootId: string
  previousId: string | null
  values: StateValues
}

export type Views = {
  /** Starts a new stack; whatever was open gives way. */
  open(userId: string, draft: ModalDraft): OpenView
  push(userId: string, draft: ModalDraft): OpenView
  update(view: OpenView, draft: ModalDraft | HomeDraft, hash?: string): OpenView
  publish(userId: string, draft: HomeDraft, hash?: string): OpenView
  /** Closes the topmost modal of a person, or all of them; returns what was closed. */
  close(userId: string, which: 'top' | 'all'): readonly OpenView[]
  find(reference: { viewId?: string | undefined; externalId?: string | undefined }): OpenView | null
  stack(userId: string): readonly OpenView[]
  home(userId: string): OpenView | null
  /** Remembers what a person has filled in so far. */
  fill(view: OpenView, values: StateValues): OpenView
}

const newHash = () => `${Math.floor(Date.now() / 1_000)}.${randomBytes(4).toString('hex')}`
const newId = () => `V${randomBytes(5).toString('hex').toUpperCase()}`
const checkHash = (view: OpenView | null, hash: string | undefined) => {
  if (hash && view && view.hash !== hash) throw new PlatformError('hash_conflict')
}

/** `shown` is told about each change of a person's modals or Home tab. */
export function createViews(shown: (userId: string, what: 'modals' | 'home') => void): Views {
  const stacks = new Map<string, readonly OpenView[]>()
  const homes = new Map<string, OpenView>()
  const all = () => [...stacks.values()].flat().concat([...homes.values()])
  const stack = (userId: string) => stacks.get(userId) ?? []

  const checkExternalId = (draft: ModalDraft | HomeDraft, own: OpenView | null) => {
    if (!draft.external_id) return
    const other = all().find((view) => view.draft.external_id === draft.external_id)
    if (other && other.id !== own?.id) throw new PlatformError('duplicate_external_id')
  }
  const put = (userId: string, views: readonly OpenView[]) => {
    stacks.set(userId, views)
    shown(userId, 'modals')
  }
  const made = (userId: string, draft: ModalDraft | HomeDraft, below: OpenView | null): OpenView => {
    const id = newId()
    return {
      id,
      userId,
      draft,
      hash: newHash(),
      rootId: below?.rootId ?? id,
      previousId: below?.id ?? null,
      values: {},
    }
  }
  const replace = (view: OpenView, next: OpenView) => {
    if (homes.get(view.userId)?.id === view.id) homes.set(view.userId, next)
    const views = stack(view.userId)
    if (views.some(({ id }) => id === view.id)) {
      stacks.set(
        view.userId,
        views.map((one) => (one.id === view.id ? next : one)),
      )
    }
    return next
  }

  return {
    stack,
    home: (userId) => homes.get(userId) ?? null,
    find: ({ viewId, externalId }) =>
      all().find((view) => (viewId ? view.id === viewId : externalId && view.draft.external_id === externalId)) ?? null,
    open(userId, draft) {
      checkExternalId(draft, null)
      const view = made(userId, draft, null)
      put(userId, [view])
      return view
    },
    push(userId, draft) {
      checkExternalId(draft, null)
      const views = stack(userId)
      if (views.length >= LIMITS.view.stack) throw new PlatformError('push_limit_reached')
      const view = made(userId, draft, views.at(-1) ?? null)
      put(userId, [...views, view])
      return view
    },
    update(view, draft, hash) {
      checkHash(view, hash)
      checkExternalId(draft, view)
      const next = replace(view, { ...view, draft, hash: newHash(), values: surviving(view.values, draft.blocks) })
      shown(view.userId, draft.type === 'home' ? 'home' : 'modals')
      return next
    },
    publish(userId, draft, hash) {
      const current = homes.get(userId) ?? null
      checkHash(current, hash)
      checkExternalId(draft, current)
      const next = current
        ? { ...current, draft, hash: newHash(), values: surviving(current.values, draft.blocks) }
        : made(userId, draft, null)
      homes.set(userId, next)
      shown(userId, 'home')
      return next
    },
    close(userId, which) {
      const views = stack(userId)
      const closed = which === 'all' ? views : views.slice(-1)
      put(userId, views.slice(0, views.length - closed.length))
      return closed
    },
    fill: (view, values) => replace(view, { ...view, values: { ...view.values, ...values } }),
  }
}

/** What was typed stays when a view is updated, as long as its block stays. */
const surviving = (values: StateValues, blocks: readonly Block[]): StateValues => {
  const ids = new Set(blocks.map((block) => block.block_id))
  return Object.fromEntries(Object.entries(values).filter(([blockId]) => ids.has(blockId)))
}

export const label = (text: { text: string } | undefined) =>
  text ? { type: 'plain_text', emoji: true, ...text } : null
