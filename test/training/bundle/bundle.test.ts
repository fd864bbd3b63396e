import { execFileSync } from 'node:child_process'
import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { validateFile } from '../../../src/formats/validating.ts'
import { readBundle } from '../../../src/training/bundle/bundle.ts'
import { serveScript } from '../../../src/training/bundle/texts.ts'
import { buildDataset, type Dataset } from '../../../src/training/datasets/datasets.ts'
import { seenQuestionsOf } from '../../../src/training/datasets/training-history.ts'
import { requestFromEarlier } from '../../../src/training/jobs/from-earlier.ts'
import { startLocalJob } from '../../../src/training/jobs/local-trainer.ts'
import { registerModel } from '../../../src/training/jobs/register-model.ts'
import { checkTrainingData } from '../../../src/training/jobs/start-job.ts'
import { listModels } from '../../../src/training/models/model-list.ts'
import { DATABASES, type TestDatabase } from '../../support/databases.ts'
import fc from '../../support/properties.ts'
import { NOON } from '../../support/rows.ts'
import { temporaryFolder } from '../temporary.ts'

const now = () => NOON
const python = pythonHere()
let database: TestDatabase
let dataset: Dataset
let folder: string
beforeEach(async () => {
  const [sqlite] = DATABASES
  if (!sqlite) throw new Error('no database')
  database = await sqlite.create()
  const work = await temporaryFolder()
  dataset = await buildDataset({ kind: 'classifier', catalog: await loadCatalog(), folder: join(work, 'data') })
  folder = join(work, 'bundle')
})
afterEach(() => database[Symbol.asyncDispose]())

function pythonHere(): string | null {
  try {
    return execFileSync('python3', ['--version']).toString()
  } catch {
    return null
  }
}

const start = (changes = {}) =>
  startLocalJob(database.store, { train: dataset.train, baseModel: 'Qwen/Qwen3-4B', folder, ...changes }, now)
const text = (name: string) => readFile(join(folder, name), 'utf8')

/** Pairs as "corrections export --format openai-dpo" writes them. */
async function pairs(): Promise<string> {
  const file = join(await temporaryFolder(), 'pairs.jsonl')
  const pair = (i: number) => ({
    input: {
      messages: [
        { role: 'system', content: 'You help.' },
        { role: 'user', content: `E-02? ${i}` },
      ],
    },
    preferred_output: [{ role: 'assistant', content: 'Clean it.' }],
    non_preferred_output: [{ role: 'assistant', content: 'Ignore it.' }],
  })
  await writeFile(file, Array.from({ length: 12 }, (_, i) => `${JSON.stringify(pair(i))}\n`).join(''))
  return file
}

describe('a bundle', () => {
  it('holds the data in the form of every local trainer, and says how to go on', async () => {
    const job = await start({ suffix: 'hydro-7', seed: 11, hyperparameters: { epochs: 2, learningRate: 0.5 } })
    expect(job).toMatchObject({ driver: 'local', status: 'bundled', model: null, training_rows: 244 })
    for (const [file, target] of [
      ['data/trl/train.jsonl', 'trl-sft'],
      ['data/trl/validation.jsonl', 'trl-sft'],
      ['data/unsloth/train.jsonl', 'sharegpt'],
      ['data/axolotl/train.jsonl', 'openai-sft'],
    ] as const)
      expect(await validateFile(join(folder, file), target), file).toMatchObject({ faultCount: 0 })
    expect(await text('data/source/train.jsonl')).toBe(await readFile(dataset.train, 'utf8'))
    const [source, trl] = await Promise.all(['source', 'trl'].map((name) => text(`data/${name}/train.jsonl`)))
    expect(trl?.split('\n')).toHaveLength(source?.split('\n').length ?? 0)

    const recipe = JSON.parse(await text('recipe.json'))
    expect(recipe).toMatchObject({ base_model: 'Qwen/Qwen3-4B', seed: 11, epochs: 2, learning_rate: 1e-4 })
    expect(parse(await text('axolotl.yaml'))).toMatchObject({
      base_model: 'Qwen/Qwen3-4B',
      seed: 11,
      num_epochs: 2,
      datasets: [{ path: 'data/axolotl/train.jsonl', type: 'chat_template', roles_to_train: ['assistant'] }],
      test_datasets: [{ path: 'data/axolotl/validation.jsonl' }],
    })
    expect(await text('serve-vllm.sh')).toContain(`--lora-modules 'hydro-7'=`)
    expect(parse((await text('MODEL_CARD.md')).split('---')[1] ?? '')).toMatchObject({ base_model: 'Qwen/Qwen3-4B' })
    expect(await text('README.md')).toContain(`models register 'hydro-7' --bundle`)
    expect(await text('README.md')).toContain('--alias classifier')
    for (const { path } of (await readBundle(folder)).files) await access(join(folder, path))
  })

  it('holds pairs for preferences', async () => {
    await start({ train: await pairs(), method: 'dpo', hyperparameters: { beta: 0.3 } })
    for (const name of ['trl', 'unsloth'])
      expect(await validateFile(join(folder, `data/${name}/train.jsonl`), 'trl-dpo')).toMatchObject({ faultCount: 0 })
    const [line = ''] = (await text('data/axolotl/train.jsonl')).split('\n')
    expect(JSON.parse(line)).toEqual({
      messages: [
        { role: 'system', content: 'You help.' },
        { role: 'user', content: 'E-02? 0' },
      ],
      chosen: { role: 'assistant', content: 'Clean it.' },
      rejected: { role: 'assistant', content: 'Ignore it.' },
    })
    expect(parse(await text('axolotl.yaml'))).toMatchObject({ rl: 'dpo', rl_beta: 0.3 })
    expect(await text('train_trl.py')).toContain('DPOTrainer')
  })

  it.skipIf(python === null)(
    'has scripts that Python and the shell can read (skipped where there is no python3)',
    async () => {
      await start()
      const check = 'import sys, ast; ast.parse(open(sys.argv[1], encoding="utf-8").read())'
      for (const script of ['train_sft.py', 'train_dpo.py'])
        execFileSync('python3', ['-c', check, join(import.meta.dirname, '../../../src/training/bundle', script)])
      execFileSync('python3', ['-c', check, join(folder, 'train_trl.py')])
      execFileSync('sh', ['-n', join(folder, 'serve-vllm.sh')])
    },
  )

  it('gives a shell the names as they are, whatever stands in them', () => {
    fc.assert(
      fc.property(
        fc.string().filter((name) => !/\p{Cc}/u.test(name)),
        (baseModel) => {
          const script = serveScript({ name: 'n', baseModel } as Parameters<typeof serveScript>[0])
          const echoing = script
            .replace('exec vllm serve', `printf '%s\\n'`)
            .replace('cd "$(dirname "$0")" || exit 1', '')
          expect(execFileSync('sh', ['-c', echoing]).toString().split('\n')[0]).toBe(baseModel)
        },
      ),
      { numRuns: 15 },
    )
  })

  it('is the same again from the same data', async () => {
    const first = await start()
    const bytes = (await readBundle(folder)).files
    folder = `${folder}-2`
    const second = await start()
    expect(second.id).not.toBe(first.id)
    expect((await readBundle(folder)).files).toEqual(bytes)
  })

  it('is not written over anything, nor from what no local trainer reads, and leaves nothing behind', async () => {
    await mkdir(folder)
    await start()
    await expect(start()).rejects.toMatchObject({ code: 'usage' })
    folder = `${folder}-tools`
    const row = { role: 'assistant', content: 'x', weight: 0 }
    const train = join(await temporaryFolder(), 'weights.jsonl')
    await writeFile(train, `${JSON.stringify({ messages: [{ role: 'user', content: 'a' }, row] })}\n`.repeat(12))
    await expect(start({ train })).rejects.toMatchObject({ code: 'training_data_invalid' })
    const blocked = join(folder, 'file')
    await mkdir(folder)
    await writeFile(blocked, '')
    await expect(start({ folder: join(blocked, 'x') })).rejects.toMatchObject({ code: 'bundle_unusable' })
    expect(await readdir(folder)).toEqual(['file'])
    expect((await readdir(join(folder, '..'))).sort()).toEqual(['bundle', 'bundle-tools', 'data'])
  })

  it('is not begun with names that servers cannot carry', async () => {
    await expect(start({ suffix: 'a b' })).rejects.toMatchObject({ code: 'usage' })
    await expect(start({ baseModel: 'a\nb' })).rejects.toMatchObject({ code: 'usage' })
  })

  it('stops when called off, with nothing half-written', async () => {
    const stop = new AbortController()
    const started = start({ signal: stop.signal, onProgress: () => stop.abort() })
    await expect(started).rejects.toThrow()
    expect(await readdir(join(folder, '..'))).toEqual(['data'])
  })
})

describe('the model that comes back', () => {
  const register = (model: string, more = {}) => registerModel(database.store, { model, folder, ...more }, now)
  const jobs = () => database.store.selectFrom('jobs').selectAll().orderBy('id').execute()

  it('is a model like any other: listed, and never measured on what it learnt', async () => {
    const { id } = await start()
    expect(await register('hydro-local')).toMatchObject({ id, status: 'succeeded', model: 'hydro-local' })
    expect(await register('hydro-local')).toMatchObject({ id })
    expect(await listModels({ store: database.store, jobs: null })).toMatchObject([
      { model: 'hydro-local', base: 'Qwen/Qwen3-4B', data: { job: id, rows: 244 } },
    ])
    const seen = await seenQuestionsOf(database.store, 'hydro-local')
    const { train, heldOut } = dataset.manifest.files
    expect(train.rows.every(({ question }) => seen?.(question))).toBe(true)
    expect(heldOut.rows.some(({ question }) => seen?.(question))).toBe(false)
  })

  it('may be a second one of the same bundle, and may come home to another database', async () => {
    await start()
    await register('hydro-a')
    await register('hydro-b', { baseModel: 'Qwen/Qwen3-8B' })
    expect((await jobs()).map(({ model, base_model }) => [model, base_model]).sort()).toEqual([
      ['hydro-a', 'Qwen/Qwen3-4B'],
      ['hydro-b', 'Qwen/Qwen3-8B'],
    ])
    await database.store.deleteFrom('jobs').execute()
    await register('hydro-a')
    expect(await jobs()).toMatchObject([{ model: 'hydro-a', driver: 'local' }])
  })

  it('has a name of its own', async () => {
    await start()
    await register('hydro-a')
    folder = `${folder}-pairs`
    await start({ train: await pairs(), method: 'dpo' })
    await expect(register('hydro-a')).rejects.toMatchObject({ code: 'usage' })
  })

  it('is not taken for the bundle’s when its data was changed, or when it is none', async () => {
    await start()
    await writeFile(join(folder, 'recipe.json'), '{}')
    await register('hydro-a')
    await writeFile(join(folder, 'data/trl/train.jsonl'), '')
    await expect(register('hydro-b')).rejects.toMatchObject({ remedy: expect.stringContaining('was changed') })
    await expect(register('x', { folder: join(folder, 'data') })).rejects.toMatchObject({ code: 'bundle_unusable' })
  })

  it('trains anywhere else from the same bundle', async () => {
    const { id } = await start({ seed: 3 })
    const again = await requestFromEarlier(database.store, id)
    const train = join(folder, 'data/source/train.jsonl')
    expect(again).toMatchObject({ train, seed: 3, method: 'supervised' })
    // What the first one was made of is not forgotten: its benchmark holds, and authors are told.
    const { manifest: ours, ...known } = (await checkTrainingData(again, 'supervised')).provenance
    const {
      manifest: theirs,
      heldOut,
      ...before
    } = (await checkTrainingData({ train: dataset.train }, 'supervised')).provenance
    expect(known).toEqual({ ...before, heldOut: join(folder, 'data/source/validation.jsonl') })
    expect([heldOut, theirs?.file, ours?.file]).toEqual([
      dataset.heldOut,
      join(dirname(dataset.train), 'manifest.json'),
      join(folder, 'bundle.json'),
    ])
    const bundle = JSON.parse(await text('bundle.json'))
    await writeFile(join(folder, 'bundle.json'), JSON.stringify({ ...bundle, corrections: ['cor_1'] }))
    expect((await checkTrainingData(again, 'supervised')).provenance.corrections).toEqual(['cor_1'])
    await writeFile(join(folder, 'bundle.json'), '{}')
    expect((await checkTrainingData(again, 'supervised')).provenance).toMatchObject({ corrections: [], manifest: null })
  })
})
