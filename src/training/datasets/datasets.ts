import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Catalog } from '../../catalog/catalog.ts'
import { writeRow } from '../../formats/writing.ts'
import { hashRank, sha256 } from '../../lib/hash.ts'
import { questionSha256 } from '../checks/question-key.ts'
import { DatasetUnusableError } from '../errors.ts'
import { refuseOverwriting, writeErrorReason, writeFileAtomic } from './atomic-write.ts'
import type { ApprovedCorrection } from './correction-examples.ts'
import { assistantExamples, classifierExamples, type Example } from './examples.ts'
import { type GoldenSet, toManifestGolden } from './golden.ts'
import type { DatasetKind, FileRecord, Manifest } from './manifest.ts'

/** The share of cases kept for measuring. */
export const DEFAULT_HELD_OUT_SHARE = 0.2
export const DEFAULT_SEED = 2026

type KeyedExample = Example & { question: string }
type DroppedRow = { question: string; source: string; why: 'repeated' | 'ambiguous' | 'trained_on' | 'golden' }
export type Split = { train: readonly Example[]; heldOut: readonly Example[]; dropped: readonly DroppedRow[] }

export type SplitRequest = {
  seed: number
  share?: number
  earlierManifest?: Manifest | undefined
  golden?: GoldenSet | undefined
}

/**
 * Splits examples by whole cases, each stratum by itself, so that both sides hold every kind and every code but no way
 * of asking is on both. Which side a case takes hangs on the seed and its name alone, not on how many others there are.
 * Cases that an earlier manifest held out stay held out, and so do those that the golden set asks. What else is like a
 * row of the golden set, a correction of the same question say, stands on neither side.
 */
export function splitExamples(
  examples: readonly Example[],
  { seed, share, earlierManifest, golden }: SplitRequest,
): Split {
  const { kept, dropped } = deduplicate(examples)
  const fixedHeldOut = new Set([
    ...(earlierManifest?.files.heldOut.rows.map((row) => row.case) ?? []),
    ...kept
      .filter(({ side, messages }) => side === null && golden?.hasQuestion(messages) === 'same')
      .map((one) => one.case),
  ])
  const heldOutCases = new Set<string>()
  for (const inStratum of Map.groupBy(kept, ({ stratum }) => stratum).values()) {
    const free = new Set(inStratum.filter(({ side }) => side === null).map((one) => one.case))
    const ranked = [...free].sort((a, b) => hashRank(`${seed}/${a}`) - hashRank(`${seed}/${b}`))
    const chosen = ranked.filter((name) => fixedHeldOut.has(name))
    for (const name of chosen.length > 0
      ? chosen
      : ranked.slice(0, Math.round(free.size * (share ?? DEFAULT_HELD_OUT_SHARE))))
      heldOutCases.add(name)
  }
  const isHeldOut = (one: Example) => one.side === 'heldOut' || (one.side === null && heldOutCases.has(one.case))
  const [train = [], goldenDuplicates = []] = partition(
    kept.filter((one) => !isHeldOut(one)),
    ({ messages }) => !golden?.hasQuestion(messages),
  )
  const trainedOn = new Set(train.map(({ question }) => question))
  const [heldOut = [], leaked = []] = partition(kept.filter(isHeldOut), ({ question }) => !trainedOn.has(question))
  return {
    train: shuffled(train, seed),
    heldOut: shuffled(heldOut, seed),
    dropped: [...dropped, ...droppedFor('golden', goldenDuplicates), ...droppedFor('trained_on', leaked)],
  }
}

function droppedFor(why: DroppedRow['why'], rows: readonly KeyedExample[]): DroppedRow[] {
  return rows.map(({ question, source }) => ({ question, source, why }))
}

/**
 * Every question once. Of two answers to the same question the correction's is kept, which comes first; where none is
 * a correction (`error 02` in a catalog with `E-02` and `F-02`) neither is taught.
 */
function deduplicate(examples: readonly Example[]): { kept: KeyedExample[]; dropped: DroppedRow[] } {
  const kept: KeyedExample[] = []
  const dropped: DroppedRow[] = []
  const keyed = examples.map((one): KeyedExample => ({ ...one, question: questionSha256(one.messages) }))
  for (const same of Map.groupBy(keyed, ({ question }) => question).values()) {
    const [first, ...others] = same
    if (!first) continue
    const isAmbiguous = first.stratum !== 'correction' && new Set(same.map(answerOf)).size > 1
    if (!isAmbiguous) kept.push(first)
    for (const { question, source } of isAmbiguous ? same : others)
      dropped.push({ question, source, why: isAmbiguous ? 'ambiguous' : 'repeated' })
  }
  return { kept, dropped }
}

function answerOf({ messages }: Example): string {
  return messages.at(-1)?.content ?? ''
}

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))]
}

/** Trainers read a file from top to bottom: codes stand mixed, in an order that only the seed decides. */
function shuffled(examples: readonly KeyedExample[], seed: number): Example[] {
  return examples.toSorted((a, b) => hashRank(`${seed}/${a.question}`) - hashRank(`${seed}/${b.question}`))
}

export type DatasetRequest = {
  kind: DatasetKind
  catalog: Catalog
  /** Approved ones, in the order of their approval. */
  corrections?: readonly ApprovedCorrection[]
  seed?: number
  folder: string
  /** Keeps what an earlier data set held out on that side. */
  earlierManifest?: Manifest | undefined
  /** No row of it is let into training, now or ever. */
  golden?: GoldenSet | undefined
}

export type Dataset = { train: string; heldOut: string; manifest: Manifest; manifestFile: string }

/** Builds, splits and writes one data set into a folder. Throws {@link DatasetUnusableError}. */
export async function buildDataset(request: DatasetRequest): Promise<Dataset> {
  const { kind, catalog, corrections = [], seed = DEFAULT_SEED, folder, earlierManifest, golden } = request
  const { examples, setAside } =
    kind === 'assistant' ? assistantExamples(catalog, corrections) : classifierExamples(corrections)
  const split = splitExamples(examples, { seed, earlierManifest, golden })
  const train = fileOf('train.jsonl', split.train)
  const heldOut = fileOf('heldout.jsonl', split.heldOut)
  const manifest: Manifest = {
    format: 'hydrocore-dataset/1',
    kind,
    seed,
    catalogVersion: catalog.version,
    files: { train: train.record, heldOut: heldOut.record },
    dropped: [...split.dropped],
    setAside: [...setAside],
    ...(golden && { golden: { ...toManifestGolden(golden), isHeldOut: holdsOut(split, golden) } }),
  }
  const at = (name: string) => join(folder, name)
  const written = {
    train: at(train.record.name),
    heldOut: at(heldOut.record.name),
    manifestFile: at('manifest.json'),
  }
  await refuseOverwriting(golden ? [golden.file] : [], Object.values(written))
  try {
    await mkdir(folder, { recursive: true })
    await Promise.all([writeFileAtomic(written.train, train.text), writeFileAtomic(written.heldOut, heldOut.text)])
    // Last: a manifest in the folder says that both files beside it are complete.
    await writeFileAtomic(written.manifestFile, `${JSON.stringify(manifest, null, 1)}\n`)
  } catch (cause) {
    throw new DatasetUnusableError(folder, writeErrorReason(cause), { cause })
  }
  return { ...written, manifest }
}

/** Rows held out are asked once each, so that as many of them as the golden set has are all of it. */
function holdsOut({ heldOut }: Split, golden: GoldenSet): boolean {
  return heldOut.filter(({ messages }) => golden.hasQuestion(messages) === 'same').length >= golden.rows
}

function fileOf(name: string, examples: readonly Example[]): { text: string; record: FileRecord } {
  const lines = examples.map(({ messages }) => writeRow(messages))
  const text = lines.map((line) => `${line}\n`).join('')
  const rows = examples.map((one, i) => ({
    sha256: sha256(lines[i] ?? ''),
    question: questionSha256(one.messages),
    case: one.case,
    label: one.label,
    source: one.source,
  }))
  return { text, record: { name, bytes: Buffer.byteLength(text), sha256: sha256(text), rows } }
}
