import { signal } from '@preact/signals'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Block, Outcome, StateValue } from '../contract.ts'
import { type Container, press } from './acting.ts'
import { answerOf, currentValue, stateValues, type Touched, touch } from './blocks/values.ts'
import type { Loose } from './read.ts'

/** A message, modal or Home whose elements can be used: what was changed on it, and where its actions go. */
export type Surface = {
  key: string
  container: Container
  blocks: readonly Block[]
}

type Form = { touched: Touched; errors: Readonly<Record<string, string>> }

const EMPTY: Form = { touched: {}, errors: {} }
/** By surface, so that values outlive an update of the message and a form pushed above this one. */
const forms = signal<ReadonlyMap<string, Form>>(new Map())

export const formOf = (key: string): Form => forms.value.get(key) ?? EMPTY

export function changeForm(key: string, change: Partial<Form>): void {
  forms.value = new Map(forms.value).set(key, { ...(forms.peek().get(key) ?? EMPTY), ...change })
}

/** Forgets the forms of modals that are gone. */
export function keepViewForms(open: readonly string[]): void {
  const stale = [...forms.peek().keys()].filter((key) => key.startsWith('modal:') && !open.includes(key))
  if (stale.length > 0) forms.value = new Map([...forms.peek()].filter(([key]) => !stale.includes(key)))
}

export const SurfaceContext = createContext<Surface | null>(null)

export function useSurface(): Surface {
  const surface = useContext(SurfaceContext)
  if (!surface) throw new Error('A Block Kit element was drawn outside of a surface.')
  return surface
}

/** Sends an action of this surface, with the state of its fields as they are now. */
export const dispatch = (surface: Surface, action: Loose): Promise<Outcome> =>
  press(surface.container, action, stateValues(surface.blocks, formOf(surface.key).touched))

/** One element's value on its surface. */
export function useField(surface: Surface, blockId: string, actionId: string, element: Loose) {
  const value = currentValue(formOf(surface.key).touched, blockId, actionId, element)
  return {
    answer: answerOf(value),
    set: (next: StateValue): void => {
      const form = formOf(surface.key)
      const { [blockId]: _mended, ...errors } = form.errors
      changeForm(surface.key, { touched: touch(form.touched, blockId, actionId, next), errors })
    },
  }
}
