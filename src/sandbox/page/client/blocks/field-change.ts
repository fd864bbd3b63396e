import type { StateValue } from '../../contract.ts'
import { askToConfirm } from '../components/confirm.ts'
import { recordAt, stringAt } from '../read.ts'
import { changeForm, dispatch, useField, useSurface } from '../surface.ts'
import type { ElementProps } from './element.ts'
import { changePayload } from './values.ts'

/** Reads and changes one field; a change is also sent, unless the field stands in an input block that keeps it. */
export function useChange({ element, blockId, actionId, isQuiet }: ElementProps) {
  const surface = useSurface()
  const { answer, set } = useField(surface, blockId, actionId, element)
  const send = (value: StateValue) => dispatch(surface, changePayload(element, blockId, actionId, value))
  return {
    surface,
    answer,
    /** Keeps a value without sending it. */
    keep: (part: Readonly<Record<string, unknown>>): void => set({ type: stringAt(element, 'type'), ...part }),
    send: (part: Readonly<Record<string, unknown>>): void => void send({ type: stringAt(element, 'type'), ...part }),
    change: async (part: Readonly<Record<string, unknown>>): Promise<void> => {
      const value = { type: stringAt(element, 'type'), ...part }
      const confirm = recordAt(element, 'confirm')
      if (confirm && !(await askToConfirm(confirm))) {
        // Drawn anew, so that a tick goes back to what it was.
        changeForm(surface.key, {})
        return
      }
      set(value)
      if (!isQuiet) await send(value)
    },
  }
}

/** A name for a field that no input block labels. */
export const fieldName = ({ element, label }: ElementProps, otherwise: string): string =>
  label ||
  stringAt(element, 'accessibility_label') ||
  stringAt(recordAt(element, 'placeholder') ?? {}, 'text') ||
  otherwise
