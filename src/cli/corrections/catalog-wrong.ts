import { readFile, writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { readCatalog } from '../../catalog/loading.ts'
import { applyCatalogPatch, listCatalogRequests, writeCatalogPatch } from '../../feedback/review/catalog-changes.ts'
import { UsageError } from '../../lib/errors.ts'
import { printRows } from '../printing.ts'
import { openRecordsForTerminal, type Terminal } from '../program.ts'
import { sideBySide } from './words.ts'

type Options = { patch?: string; out?: string; setVersion?: string; json?: boolean }

/** `corrections catalog`: requested catalog changes, and the catalog with them applied. */
export function addCatalogRequests(corrections: Command, terminal: Terminal): void {
  corrections
    .command('catalog')
    .description('approved requests to change the catalog')
    .option('--patch <file>', 'writes the open ones as a JSON Patch (RFC 6902) of the catalog file')
    .option('--out <file>', 'writes a copy of the catalog file with them in it, checked')
    .option('--set-version <version>', 'the version of the changed catalog')
    .option('--json', 'as JSON')
    .action(async ({ patch, out, setVersion, json }: Options) => {
      await using records = await openRecordsForTerminal(terminal)
      const { store, catalog, config } = records
      const requests = await listCatalogRequests(store, catalog)
      const rows = requests.map(({ correction, differences, state }) => ({
        id: correction.id,
        code: correction.code,
        state,
        change: sideBySide(differences),
        reviewer: correction.reviewer,
      }))
      if (!patch && !out)
        return printRows(terminal, json ? requests : rows, { json, empty: 'Nobody asks for a change of the catalog.' })
      const version = setVersion ?? `${catalog.version}+${new Date().toISOString().slice(0, 10)}`
      const steps = writeCatalogPatch(requests, catalog, version)
      if (steps.length === 0) return terminal.out('No request is open, so nothing was written.')
      if (patch) await write(patch, `${JSON.stringify(steps, null, 2)}\n`)
      if (out) {
        const changed = applyCatalogPatch(await readFile(config.catalogFile, 'utf8'), steps)
        readCatalog(changed, out)
        await write(out, changed)
      }
      const open = rows.filter(({ state }) => state === 'open').length
      terminal.out(`${open} requests in ${[patch, out].filter(Boolean).join(' and ')}, catalog version ${version}`)
    })
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text)
  } catch (cause) {
    throw new UsageError(`${file} cannot be written (${cause instanceof Error ? cause.message : String(cause)}).`)
  }
}
