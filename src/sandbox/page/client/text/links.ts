const OPENABLE = new Set(['http:', 'https:', 'mailto:'])

/** The address if a person may be sent there, else null: script and data addresses never become links. */
export function openableUrl(raw: string): string | null {
  if (!URL.canParse(raw)) return null
  const url = new URL(raw)
  return OPENABLE.has(url.protocol) ? url.href : null
}

/** A file's address: on this server, or an openable one. */
export function fileUrl(raw: string): string | null {
  return /^\/(?![/\\])/.test(raw) ? raw : openableUrl(raw)
}
