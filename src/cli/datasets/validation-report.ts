import type { Fault } from '../../formats/faults.ts'
import { TARGETS, type TargetName } from '../../formats/targets.ts'
import type { FileCheck } from '../../formats/validating.ts'
import type { DatasetCheck } from '../../training/checks/dataset-check.ts'
import type { PairSample, RowLocation } from '../../training/checks/near-duplicates.ts'
import { counted, grouped, percent, printRows } from '../printing.ts'
import type { Terminal } from '../program.ts'

/** At this ratio a class is so rare beside another that a model may forget it. */
const IMBALANCED = 10
/** Guides "Supervised fine-tuning": improvements usually show from 50 examples on. */
const FEW_ROWS = 50
const MAX_SHOWN = 5

/** Prints the findings: faults first, then notes. */
export function printDatasetCheck(check: DatasetCheck, terminal: Terminal): void {
  for (const { file, checks } of check.files) printRules(file, checks, terminal)
  const nameIn = (files: readonly string[]) => (place: RowLocation) =>
    files.length > 1 ? `${files[place.file]}:${place.line}` : `line ${place.line}`
  const here = nameIn(check.files.map(({ file }) => file))
  const { content, leaks } = check
  if (leaks) {
    const there = ({ file, line }: RowLocation) => `${leaks.against[file]}:${line}`
    printPairs('in the other data too', leaks.leaks, here, there, terminal)
    printPairs('nearly the same as a row there, with the same answer', leaks.nearLeaks, here, there, terminal)
  }
  if (!content) return
  printPairs('conflicts (the same question, another answer)', content.conflicts, here, here, terminal)
  printPairs('duplicates (the same question and answer)', content.duplicates, here, here, terminal)
  printPairs('nearly the same, with the same answer', content.nearDuplicates, here, here, terminal)
  if (content.nearComparedRows < check.rows)
    terminal.out(`only the first ${content.nearComparedRows} rows were compared for being nearly the same`)
  terminal.out('')
  printLabels(content, check.rows, terminal)
  terminal.out('')
  printTokens(content, here, terminal)
}

/** The faults that must be fixed, in words; empty without any. */
export function faultsFound({ files, content, leaks }: DatasetCheck, isAnyTarget: boolean): string[] {
  const counts = files.flatMap(({ checks }) => {
    const perTarget = Object.values(checks).map(({ faultCount }) => faultCount)
    // Checked against all trainers, one that accepts the file is enough: no file suits both those that require a mark
    // and those that reject it.
    return isAnyTarget && perTarget.includes(0) ? [0] : [Math.min(...perTarget)]
  })
  const faults = counts.reduce((sum, one) => sum + one, 0)
  const conflicts = content?.conflicts.count ?? 0
  const leaked = leaks?.leaks.count ?? 0
  return [
    ...(faults > 0 ? [counted(faults, 'fault')] : []),
    ...(conflicts > 0 ? [counted(conflicts, 'conflict')] : []),
    ...(leaked > 0 ? [counted(leaked, 'leak')] : []),
  ]
}

function printRules(file: string, checks: Partial<Record<TargetName, FileCheck>>, terminal: Terminal): void {
  const all = Object.entries(checks) as [TargetName, FileCheck][]
  const [first] = all
  terminal.out(`${file}: ${counted(first?.[1].rows ?? 0, 'row')}`)
  for (const [name, { faults, faultCount }] of all) {
    terminal.out(`  ${name}: ${faultCount === 0 ? 'fine' : counted(faultCount, 'fault')}`)
    for (const [what, lines] of Map.groupBy(faults, ({ name: fault, message }) => `${fault}: ${message}`))
      terminal.out(`    ${linesOf(lines)}: ${what}`)
    if (faultCount > faults.length) terminal.out(`    and ${grouped(faultCount - faults.length)} more`)
  }
  const others = (Object.keys(TARGETS) as TargetName[]).filter((name) => !(name in checks))
  if (all.length > 1 && others.length > 0) terminal.out(`  take rows of another shape: ${others.join(', ')}`)
}

function linesOf(faults: readonly Fault[]): string {
  const lines = faults.map(({ line }) => line).filter((line) => line !== null)
  if (lines.length === 0) return 'file'
  const more = lines.length - MAX_SHOWN
  return `line${lines.length > 1 ? 's' : ''} ${lines.slice(0, MAX_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function printPairs(
  what: string,
  { count, first }: PairSample,
  here: (place: RowLocation) => string,
  there: (place: RowLocation) => string,
  terminal: Terminal,
): void {
  terminal.out(`${what}: ${grouped(count)}`)
  for (const { at, of } of first.slice(0, MAX_SHOWN)) terminal.out(`  ${here(at)} and ${there(of)}`)
  if (count > MAX_SHOWN) terminal.out(`  and ${grouped(count - MAX_SHOWN)} more`)
}

function printLabels({ labels, imbalance }: NonNullable<DatasetCheck['content']>, rows: number, terminal: Terminal) {
  printRows(
    terminal,
    labels.map(({ label, rows: count }) => ({ about: label, rows: count, share: percent(count / rows) })),
    { empty: 'There are no rows to count.' },
  )
  const [most, least] = [labels[0], labels.at(-1)]
  if (most && least && imbalance !== null && imbalance >= IMBALANCED)
    terminal.out(
      `${most.label} has ${imbalance.toFixed(0)} times the rows of ${least.label}: a model may learn to forget the rare ones.`,
    )
  if (rows > 0 && rows < FEW_ROWS)
    terminal.out(`${rows} rows are few: improvement is usually seen from ${FEW_ROWS} good ones on.`)
}

function printTokens(
  { tokens, cost }: NonNullable<DatasetCheck['content']>,
  here: (place: RowLocation) => string,
  terminal: Terminal,
): void {
  if (!tokens) return
  const { min, median, p95, max, total, context, overContext } = tokens
  const how = tokens.isEstimate
    ? 'an estimate by the bytes, since the model’s tokenizer is not known; --model names one'
    : `counted with ${tokens.tokenizer}`
  terminal.out(`tokens a row: ${min} to ${max}, median ${median}, 95 % up to ${p95}; ${grouped(total)} in all (${how})`)
  if (overContext.rows > 0) {
    terminal.out(`${counted(overContext.rows, 'row')} beyond the ${grouped(context ?? 0)} tokens that are trained on:`)
    for (const { tokens: length, ...place } of overContext.first.slice(0, MAX_SHOWN))
      terminal.out(`  ${here(place)}: ${grouped(length)} tokens`)
  }
  const { epochs, dollars, price } = cost
  const seen = `${grouped(cost.tokens)} tokens in ${epochs === 1 ? 'one epoch' : `${epochs} epochs`}`
  if (dollars === null) terminal.out(`training: ${seen}; what they cost is not known to us (PRICES_FILE can say)`)
  else
    terminal.out(
      `training: about $${dollars.toFixed(2)} for ${seen} at $${price?.training} a million (${price?.source}, checked on ${price?.checkedOn})`,
    )
}
