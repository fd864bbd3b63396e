/** A place in an answer that is copied from what the user said. */
export type Slot =
  | { kind: 'id'; shapes: ReadonlySet<string>; ordinal: number; pattern: string | null }
  | { kind: 'word'; left: ReadonlySet<string>; right: ReadonlySet<string>; fillers: ReadonlySet<string> }
/** One answer, or all answers that differ only in their slots: text, slot, text, slot, … text. */
export type OutputClass = { literals: readonly string[]; slots: readonly Slot[] }

/** Stands for a slot inside a template; no answer may contain it, so it is taken out of them first. */
export const SLOT_MARK = '\u0000'
