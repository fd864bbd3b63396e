import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Catalog } from '../../catalog/catalog.ts'
import { exportCorrections, rewriteExport, type WrittenExport } from '../../feedback/exports/exports.ts'
import { leftOutWords, REASONS, REVIEW_WORDS } from '../../feedback/labels.ts'
import { countExportedCodes } from '../../feedback/review/overview-records.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import { personOf } from '../blocks/elements.ts'
import { moment } from '../blocks/words.ts'
import { directChannel } from '../platform/clients.ts'
import { ExportNotSentError } from '../platform/errors.ts'
import { escapeMrkdwn } from '../platform/escaping.ts'
import type { Person } from '../platform/payloads.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { sendFilePrivately } from '../posting/send-file-privately.ts'
import { uploadFiles } from '../posting/upload-files.ts'
import type { ExportRequest, ReExport } from './export-request.ts'
import { openProgressMessage } from './progress-note.ts'
import { exported, WORDS } from './words.ts'

export type ExportingDeps = { store: Store; catalog: Catalog; clientsOf: ClientsOf; logger: Logger; now: () => number }

/** More codes belong in the file, not on a line. */
const MAX_CODES = 20

/** The most problems of the whole file to list. */
const MAX_FAULTS = 3

/** Writes an export and sends it to the person in a direct message; `say` gets the status meanwhile. */
export async function startExport(
  deps: ExportingDeps,
  person: Person,
  wish: ExportRequest | ReExport,
  say: (words: string) => Promise<unknown>,
): Promise<void> {
  await say(WORDS.exportStarted)
  await sendFilePrivately(deps, person, say, async () => {
    const words = await exportTo(deps, person, wish)
    if (words) await say(words)
  })
}

/**
 * Writes the requested export and sends it with its manifest in a direct message. Returns a message when there's
 * nothing to export; null otherwise.
 */
async function exportTo(
  { store, catalog, clientsOf, logger, now }: ExportingDeps,
  person: Person,
  wish: ExportRequest | ReExport,
): Promise<string | null> {
  const clients = await clientsOf(person.team)
  const { posting } = clients
  const channel = await directChannel(clients, person.user)
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hydrocore-export-'))
  await using progress = openProgressMessage(posting, { channel, logger })
  const following = {
    out: join(folder.path, `${nameOf(wish)}.jsonl`),
    onProgress: ({ done, total }: { done: number; total: number }) => progress.show(exported(done, total)),
  }
  const made =
    'again' in wish
      ? await rewriteExport({ store, id: wish.again, ...following })
      : await exportCorrections({ store, catalog, ...wish, by: person.user, now: now(), ...following })
  if (made.kind === 'nothing') {
    const why =
      'filter' in wish && Object.keys(wish.filter).length > 0
        ? REVIEW_WORDS.nothingMatches
        : REVIEW_WORDS.nothingToExport
    return [why, leftOutWords(made.leftOut)].filter((part) => part !== null).join('\n')
  }
  progress.show(WORDS.exportUploading)
  const comment = summary(made, 'again' in wish ? null : requestText(wish), await countExportedCodes(store, made.id))
  try {
    await uploadFiles(posting, { channel, comment, files: [named(made.path), named(made.manifestPath)] })
    return null
  } catch (error) {
    throw new ExportNotSentError(made.id, error)
  }
}

function nameOf(wish: ExportRequest | ReExport): string {
  return 'again' in wish ? wish.again : `${wish.kind === 'log' ? 'log-lines' : 'corrections'}-${wish.format}`
}

function named(path: string) {
  const name = basename(path)
  return { path, name, title: name }
}

function summary(
  { id, format, rows, bytes, sha256, leftOut, faults }: WrittenExport,
  asked: string | null,
  codes: readonly { code: string; count: number }[],
): string {
  const shown = codes.slice(0, MAX_CODES).map(({ code, count }) => `${escapeMrkdwn(code)} ${number(count)}`)
  const rest = codes.length > MAX_CODES ? [`${codes.length - MAX_CODES} more codes`] : []
  const lines = [
    `Export \`${id}\` (${format}): *${number(rows)}* ${rows === 1 ? 'row' : 'rows'}, ${size(bytes)}`,
    asked,
    codes.length > 0 ? `Rows: ${[...shown, ...rest].join(', ')}` : null,
    leftOutWords(leftOut),
    ...faults.slice(0, MAX_FAULTS).map(({ message }) => `⚠️ The trainer will object: ${escapeMrkdwn(message)}`),
    `sha256 \`${sha256}\`. The manifest beside it says where each row comes from.`,
  ]
  return lines.filter((line) => line !== null).join('\n')
}

/** The filters of the request; null when it was everything. */
function requestText({ kind, filter }: ExportRequest): string | null {
  const { since, code, reviewer, reason, neverExported } = filter
  const parts = [
    kind === 'log' ? 'log lines' : null,
    since === undefined ? null : `approved since ${moment(new Date(since))}`,
    code === undefined ? null : `of ${escapeMrkdwn(code)}`,
    reviewer === undefined ? null : `approved by ${personOf(reviewer)}`,
    reason === undefined ? null : `“${REASONS[reason as keyof typeof REASONS] ?? escapeMrkdwn(reason)}”`,
    neverExported ? 'in no export before' : null,
  ].filter((part) => part !== null)
  return parts.length > 0 ? `Only ${parts.join(', ')}` : null
}

const number = (count: number) => new Intl.NumberFormat('en').format(count)

function size(bytes: number): string {
  const isLarge = bytes >= 1_000_000
  const unit = isLarge ? 'megabyte' : 'kilobyte'
  return new Intl.NumberFormat('en', { style: 'unit', unit, maximumFractionDigits: 1 }).format(
    bytes / (isLarge ? 1_000_000 : 1_000),
  )
}
