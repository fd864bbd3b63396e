import { decodeEntities } from './slack-tokens.ts'

/** `/diagnose E-02` in its two parts; null when the text is no command. */
export function readCommand(typed: string): { command: string; text: string } | null {
  const found = /^\/([a-z0-9_-]+)(?:\s+([\s\S]*))?$/i.exec(typed.trim())
  return found ? { command: `/${found[1]?.toLowerCase() ?? ''}`, text: found[2] ?? '' } : null
}

/** The word being typed at the caret when it starts with `@`, or a command being named; null when neither. */
export function completionAt(
  typed: string,
  caret: number,
): { kind: 'mention' | 'command' | 'channel' | 'emoji'; query: string; from: number } | null {
  const before = typed.slice(0, caret)
  const command = /^\/([a-z0-9_-]*)$/i.exec(before)
  if (command) return { kind: 'command', query: command[1] ?? '', from: 0 }
  const emoji = /(?:^|\s):([a-z0-9_+-]{2,})$/.exec(before)?.[1]
  if (emoji !== undefined) return { kind: 'emoji', query: emoji, from: caret - emoji.length - 1 }
  const mention = /(?:^|[\s(])([@#])([\p{L}\p{N}_.-]*(?: [\p{L}\p{N}_.-]+)?)$/u.exec(before)
  if (!mention) return null
  const query = mention[2] ?? ''
  return { kind: mention[1] === '@' ? 'mention' : 'channel', query, from: caret - query.length - 1 }
}

/** What a person would have typed to write this message: for editing it. */
export function typedForm(text: string, nameOf: (id: string) => string): string {
  const words = text.replace(/<([^<>]*)>/g, (whole, inner: string) => {
    const [target = '', label] = inner.split('|')
    if (target.startsWith('@')) return `@${nameOf(target.slice(1))}`
    if (target.startsWith('#')) return `#${label ?? nameOf(target.slice(1))}`
    if (target.startsWith('!'))
      return /^!(?:here|channel|everyone)$/.test(target) ? `@${target.slice(1)}` : (label ?? whole)
    return target
  })
  return decodeEntities(words)
}
