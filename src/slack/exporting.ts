import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Catalog } from '../catalog/catalog.ts'
import { exportCorrections, type WrittenExport } from '../feedback/exports.ts'
import type { ExportFormat } from '../feedback/formats/writing.ts'
import { countExportedCodes } from '../feedback/overview-records.ts'
import type { Store } from '../store/open.ts'
import { callSlack } from './clients.ts'
import { escapeMrkdwn } from './escaping.ts'
import type { Person } from './reading.ts'
import { uploadFiles } from './uploading.ts'
import { leftOutWords, WORDS } from './words.ts'
import type { ClientsOf } from './workspaces.ts'

export type ExportingParts = { store: Store; catalog: Catalog; clientsOf: ClientsOf; now: () => number }

/** More codes than this are a table to open, not a line to read. */
const MOST_CODES = 20
/** What a trainer would say of the whole file. */
const MOST_FAULTS = 3

/**
 * Writes all approved corrections and hands the file to one person with its manifest, in a direct message. Returns the
 * words for when there is none to export; null when there was.
 */
export async function exportTo(
  { store, catalog, clientsOf, now }: ExportingParts,
  person: Person,
  format: ExportFormat,
): Promise<string | null> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hydrocore-export-'))
  const out = join(folder.path, `corrections-${format}.jsonl`)
  const made = await exportCorrections({ store, catalog, format, out, by: person.user, now: now() })
  if (made.kind === 'nothing')
    return [WORDS.nothingToExport, leftOutWords(made.leftOut)].filter((part) => part !== null).join('\n')
  const codes = await countExportedCodes(store, made.id)
  const { posting } = await clientsOf(person.team)
  const { channel } = await callSlack(() => posting.conversations.open({ users: person.user }), { isRepeatable: true })
  await uploadFiles(posting, {
    channel: channel?.id ?? person.user,
    comment: summary(made, codes),
    files: [named(made.path), named(made.manifestPath)],
  })
  return null
}

function named(path: string) {
  const name = basename(path)
  return { path, name, title: name }
}

function summary(
  { id, format, rows, bytes, sha256, leftOut, faults }: WrittenExport,
  codes: readonly { code: string; count: number }[],
): string {
  const shown = codes.slice(0, MOST_CODES).map(({ code, count }) => `${escapeMrkdwn(code)} ${count}`)
  const rest = codes.length > MOST_CODES ? [`${codes.length - MOST_CODES} more codes`] : []
  const lines = [
    `Export \`${id}\` (${format}): *${rows}* ${rows === 1 ? 'row' : 'rows'}, ${kilobytes(bytes)}`,
    codes.length > 0 ? `Rows: ${[...shown, ...rest].join(', ')}` : null,
    leftOutWords(leftOut),
    ...faults.slice(0, MOST_FAULTS).map(({ message }) => `⚠️ ${escapeMrkdwn(message)}`),
    `sha256 \`${sha256}\`. The manifest beside it says where each row comes from.`,
  ]
  return lines.filter((line) => line !== null).join('\n')
}

function kilobytes(bytes: number): string {
  return new Intl.NumberFormat('en', { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 1 }).format(
    bytes / 1_000,
  )
}
