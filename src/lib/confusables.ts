/** Drawn as nothing, or as a hint where a word may break. */
const HIDDEN = /\u00ad|\u034f|\u061c|[\u200b-\u200f]|[\u202a-\u202e]|[\u2060-\u206f]|[\ufe00-\ufe0f]|\ufeff/g
const MAP: Record<string, string> = { Е: 'E', е: 'e', О: 'O', о: 'o', Ε: 'E', Ο: 'O' }
export function foldConfusables(text: string): string {
  return text.replace(HIDDEN, '').replace(/[ЕеОоΕΟ]/g, (c) => MAP[c] ?? c)
}
