import { useState } from 'preact/hooks'
import { room } from '../../store.ts'
import { completionAt } from '../../text/typing.ts'
import { type Suggestion, suggestionsFor } from './completions.ts'

type Given = {
  text: string
  isThread: boolean
  /** Puts the text with the chosen word, and the caret behind it. */
  onInsert: (text: string, caret: number) => void
}

/** Follows the word at the caret and the choice among what it could become. */
export function useCompletions({ text, isThread, onInsert }: Given) {
  const [caret, setCaret] = useState(0)
  const [active, setActive] = useState(0)
  /** The text for which the list was put away, or already used. */
  const [dismissed, setDismissed] = useState<string | null>(null)
  const completion = dismissed === text ? null : completionAt(text, caret)
  const suggestions = completion && room.value ? suggestionsFor(completion, room.value, isThread) : []
  const chosen = suggestions[Math.min(active, suggestions.length - 1)]

  const insert = (suggestion: Suggestion) => {
    if (!completion) return
    const before = text.slice(0, completion.from) + suggestion.inserts
    const next = before + text.slice(caret)
    setDismissed(next)
    onInsert(next, before.length)
  }
  const dismiss = () => setDismissed(text)
  const moveTo = (next: number) => {
    if (next !== caret) setActive(0)
    setCaret(next)
  }
  /** True when the key was meant for the list. */
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (!chosen) return false
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    // A command that is already written out is sent by Enter, not completed once more.
    const isWrittenOut = text.trim() === chosen.inserts.trim()
    if (step !== undefined) setActive((suggestions.indexOf(chosen) + step + suggestions.length) % suggestions.length)
    else if ((event.key === 'Enter' || event.key === 'Tab') && !isWrittenOut) insert(chosen)
    else if (event.key === 'Escape') dismiss()
    else return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }
  return { isOpen: chosen !== undefined, suggestions, chosen, insert, dismiss, moveTo, onKeyDown }
}
