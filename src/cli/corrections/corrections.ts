import { type Command, Option } from 'commander'
import { getCorrection } from '../../feedback/corrections/correction-records.ts'
import type { CorrectionRow } from '../../feedback/corrections/correction-row.ts'
import { CONSENT_LINE, type CorrectionDraft, checkCorrection } from '../../feedback/corrections/corrections.ts'
import { checkLogCorrection } from '../../feedback/corrections/log-corrections.ts'
import { OPEN_STATUSES } from '../../feedback/corrections/state-machine.ts'
import { CORRECTION_STATUSES, type CorrectionStatus } from '../../feedback/corrections/status.ts'
import { listProposers } from '../../feedback/corrections/supporter-records.ts'
import { REVIEW_WORDS, withdrawn } from '../../feedback/labels.ts'
import { approveForCatalog } from '../../feedback/review/catalog-changes.ts'
import { closeAsDuplicate } from '../../feedback/review/merge-duplicates.ts'
import {
  approveCorrection,
  awaitsSecondApproval,
  editAndApprove,
  pageCorrections,
  rejectCorrection,
} from '../../feedback/review/queue.ts'
import { withdrawCorrection } from '../../feedback/review/withdraw.ts'
import { UsageError } from '../../lib/errors.ts'
import { printRows } from '../printing.ts'
import { openRecordsForTerminal, type Terminal } from '../program.ts'
import { addCatalogRequests } from './catalog-wrong.ts'
import { addExports } from './export.ts'
import { ID, KIND, type Kind } from './options.ts'
import { AS, type As, personAt, review } from './reviewer.ts'
import { addFigures } from './stats.ts'
import { asListed, asShown, readCorrectionShown, targetOf } from './words.ts'

const MAX_LISTED = 1_000

/** `corrections …`: the review queue, outcomes and exports. */
export function addCorrections(program: Command, terminal: Terminal): void {
  const corrections = program.command('corrections').description('the review queue and its exports')

  corrections
    .command('list')
    .description('what waits for review, or what stands at a status')
    .addOption(new Option('--status <status>').choices(CORRECTION_STATUSES))
    .addOption(KIND())
    .option('--json', 'as JSON')
    .action(async ({ status, kind, json }: { status?: CorrectionStatus; kind?: Kind; json?: boolean }) => {
      await using records = await openRecordsForTerminal(terminal)
      const statuses = status ? [status] : OPEN_STATUSES
      const page = await pageCorrections(records.store, { statuses, size: MAX_LISTED, ...(kind ? { kind } : {}) })
      printRows(terminal, json ? page.corrections : page.corrections.map((row) => asListed(row, records.catalog)), {
        json,
        empty: status
          ? `No correction is ${status.replaceAll('_', ' ')}.`
          : 'The queue is empty. Nothing waits for review.',
      })
      if (page.next) terminal.err(`Only the first ${MAX_LISTED} are shown.`)
    })

  corrections
    .command('show')
    .description('one correction with its history and with what it does not agree with')
    .addArgument(ID)
    .option('--json', 'as JSON')
    .action(async (id: string, { json }: { json?: boolean }) => {
      await using records = await openRecordsForTerminal(terminal)
      const shown = await readCorrectionShown(records.store, await getCorrection(records.store, id), records.catalog)
      terminal.out(json ? JSON.stringify(shown, null, 2) : asShown(shown, records.catalog))
    })

  corrections
    .command('approve')
    .description('approves a correction: it becomes training data, after a second approval where a command changes')
    .addArgument(ID)
    .addOption(AS())
    .action(async (id: string, as: As) => {
      await using records = await openRecordsForTerminal(terminal)
      const { store, catalog } = records
      const row = await review(store, { id, by: personAt(as) }, (taken) => approveCorrection(store, taken, Date.now()))
      terminal.out(outcomeOf(row, targetOf(row, catalog)))
    })

  corrections
    .command('edit')
    .description('approves a correction in your own words; what is not given stays as it is')
    .addArgument(ID)
    .option('--question <text>', 'the question, or the log line')
    .option('--code <code>')
    .option('--problem <text>')
    .option('--action <text>')
    .option('--command <name>', 'or "none"')
    .option('--fallback <text>', 'or "none"')
    .option('--category <name>', 'of a log line')
    .option('--agree', `you agree to this: ${CONSENT_LINE}`)
    .addOption(AS())
    .action(async (id: string, { as, agree, ...words }: Words & As & { agree?: boolean }) => {
      await using records = await openRecordsForTerminal(terminal)
      const { store, catalog } = records
      const row = await getCorrection(store, id)
      if (row.consent === null && !agree)
        throw new UsageError(`Nobody agreed that this is trained on. With --agree you do: "${CONSENT_LINE}"`)
      const checked = checkWords(row, words, catalog)
      const by = personAt(as === undefined ? {} : { as })
      const edited = await review(store, { id, by }, (taken) =>
        editAndApprove(store, { ...taken, correction: checked }, Date.now()),
      )
      terminal.out(outcomeOf(edited, targetOf(edited, catalog)))
    })

  corrections
    .command('catalog-wrong')
    .description('approves a correction as a request to change the catalog')
    .addArgument(ID)
    .addOption(AS())
    .action(async (id: string, as: As) => {
      await using records = await openRecordsForTerminal(terminal)
      const { store, catalog } = records
      const row = await review(store, { id, by: personAt(as) }, (taken) =>
        approveForCatalog(store, { ...taken, catalog }, Date.now()),
      )
      terminal.out(outcomeOf(row, targetOf(row, catalog)))
    })

  corrections
    .command('reject')
    .description('rejects a correction; its author reads the reason')
    .addArgument(ID)
    .requiredOption('--reason <words>', 'why')
    .addOption(AS())
    .action(async (id: string, { reason, ...as }: { reason: string } & As) => {
      await using records = await openRecordsForTerminal(terminal)
      const { store } = records
      await review(store, { id, by: personAt(as) }, (taken) =>
        rejectCorrection(store, { ...taken, reason }, Date.now()),
      )
      terminal.out(`Rejected ${id}.`)
    })

  corrections
    .command('merge')
    .description('closes a correction as a duplicate; its weight and its people go to the other one')
    .addArgument(ID)
    .requiredOption('--into <id>', 'the correction that says the same')
    .addOption(AS())
    .action(async (id: string, { into, ...as }: { into: string } & As) => {
      await using records = await openRecordsForTerminal(terminal)
      const { store } = records
      await review(store, { id, by: personAt(as) }, (taken) =>
        closeAsDuplicate(store, { ...taken, of: into }, Date.now()),
      )
      const { weight } = await getCorrection(store, into)
      terminal.out(`Merged ${id} into ${into}, which was proposed ${weight} times now.`)
    })

  corrections
    .command('withdraw')
    .description('takes a correction back in the name of who proposed it; it stays for others who proposed the same')
    .addArgument(ID)
    .requiredOption('--for <user>', 'who proposed it, as "show" names them')
    .action(async (id: string, { for: user }: { for: string }) => {
      await using records = await openRecordsForTerminal(terminal)
      const people = await listProposers(records.store, await getCorrection(records.store, id))
      const by = people.find((one) => one.user === user) ?? { user, team: '' }
      const done = await withdrawCorrection(records.store, { id, by }, Date.now())
      terminal.out(`${id}: ${withdrawn(done)}`)
    })

  addFigures(corrections, terminal)
  addCatalogRequests(corrections, terminal)
  addExports(corrections, terminal)
}

type Words = Pick<CorrectionDraft, 'question' | 'code' | 'problem' | 'action' | 'command' | 'fallback'> & {
  category?: string
}

/** A reworded correction, checked like the form. Throws every fault with its option. */
function checkWords(row: CorrectionRow, words: Words, catalog: Parameters<typeof checkCorrection>[1]) {
  const consent = row.consent ?? CONSENT_LINE
  const { category, ...given } = words
  const checked =
    row.kind === 'log'
      ? checkLogCorrection({ line: row.question, category: category ?? row.code, note: row.note, consent }, catalog)
      : checkCorrection({ ...row, ...withNone(given), consent }, catalog)
  if (checked.ok) return checked.correction
  const told = Object.entries(checked.faults).map(([field, fault]) => `  --${field}: ${fault}`)
  throw new UsageError(`This cannot be taught as it stands:\n${told.join('\n')}`)
}

function withNone({ fallback, ...words }: Omit<Words, 'category'>): CorrectionDraft {
  if (fallback === undefined) return words
  return { ...words, fallback: fallback?.toLowerCase() === 'none' ? '' : fallback }
}

function outcomeOf(row: CorrectionRow, taught: string): string {
  const words = awaitsSecondApproval(row)
    ? REVIEW_WORDS.approvedFirst
    : row.target === 'catalog'
      ? REVIEW_WORDS.catalogRequested
      : REVIEW_WORDS.correctionApproved
  return `${row.id}: ${words}\n${taught}`
}
