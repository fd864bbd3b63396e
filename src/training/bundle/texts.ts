import { stringify } from 'yaml'
import type { Benchmark } from '../datasets/benchmark.ts'
import type { DatasetKind } from '../datasets/manifest.ts'
import type { Method, Recipe } from '../datasets/recipe.ts'

/** What a bundle is made for. */
export type BundlePlan = {
  id: string
  /** How the new model will be called where it is served. */
  name: string
  baseModel: string
  recipe: Recipe
  epochs: number
  /** The part that the model is to play; null where the data does not tell. */
  kind: DatasetKind | null
  rows: { train: number; validation: number }
  corrections: readonly string[]
  dataSha256: string
  manifestSha256: string | null
  /** What the new model is to be measured on. */
  benchmark: Benchmark | null
  systemPrompts: readonly string[]
}

/** Usual beginnings for an adapter of a small instruct model; the recipe is the place to change them. */
const LORA = { rank: 16, alpha: 32, dropout: 0.05 } as const
const LEARNING_RATE: Readonly<Record<Method, number>> = { supervised: 2e-4, dpo: 5e-6 }
const BATCH_SIZE = 8
const BETA = 0.1
const MAX_LENGTH = 2_048
const SEED = 2_026

/** `recipe.json`: what the scripts read. */
export function recipeValues({ baseModel, recipe, epochs }: BundlePlan) {
  const { method, seed, hyperparameters: wanted } = recipe
  return {
    base_model: baseModel,
    method,
    seed: seed ?? SEED,
    epochs,
    batch_size: wanted.batchSize ?? BATCH_SIZE,
    learning_rate: LEARNING_RATE[method] * (wanted.learningRate ?? 1),
    ...(method === 'dpo' && { beta: wanted.beta ?? BETA }),
    max_length: MAX_LENGTH,
    lora_rank: LORA.rank,
    lora_alpha: LORA.alpha,
    lora_dropout: LORA.dropout,
  }
}

/** `axolotl.yaml`. */
export function axolotlConfig(plan: BundlePlan): string {
  const values = recipeValues(plan)
  const isDpo = plan.recipe.method === 'dpo'
  const rows = (name: string) => ({
    path: `data/axolotl/${name}.jsonl`,
    ds_type: 'json',
    split: 'train',
    field_messages: 'messages',
    message_property_mappings: { role: 'role', content: 'content' },
    ...(isDpo
      ? { type: 'chat_template.default', field_chosen: 'chosen', field_rejected: 'rejected' }
      : { type: 'chat_template', roles_to_train: ['assistant'], train_on_eos: 'turn' }),
  })
  return stringify({
    base_model: values.base_model,
    ...(isDpo && { rl: 'dpo', rl_beta: values.beta }),
    chat_template: 'tokenizer_default',
    datasets: [rows('train')],
    ...(plan.rows.validation > 0 && { test_datasets: [rows('validation')] }),
    val_set_size: 0,
    output_dir: 'out/axolotl',
    adapter: 'lora',
    lora_r: values.lora_rank,
    lora_alpha: values.lora_alpha,
    lora_dropout: values.lora_dropout,
    lora_target_linear: true,
    sequence_len: values.max_length,
    sample_packing: false,
    micro_batch_size: values.batch_size,
    gradient_accumulation_steps: 1,
    num_epochs: values.epochs,
    learning_rate: values.learning_rate,
    optimizer: 'adamw_torch',
    lr_scheduler: 'cosine',
    bf16: 'auto',
    gradient_checkpointing: true,
    seed: values.seed,
    logging_steps: 1,
    saves_per_epoch: 1,
    ...(plan.rows.validation > 0 && { evals_per_epoch: 1 }),
  })
}

/** `serve-vllm.sh`. */
export function serveScript({ name, baseModel }: BundlePlan): string {
  return `#!/bin/sh
# Serves the trained adapter beside its base model, with OpenAI's API on port 8000.
#   sh serve-vllm.sh [FOLDER OF THE ADAPTER]   (out/trl unless given; out/axolotl, out/unsloth)
cd "$(dirname "$0")" || exit 1
exec vllm serve ${shellQuote(baseModel)} --port 8000 --enable-lora --max-lora-rank ${LORA.rank} \\
  --lora-modules ${shellQuote(name)}="\${1:-out/trl}"
`
}

/** As a shell takes it whole, whatever stands in it. */
function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** `MODEL_CARD.md`, with the head that model hubs read. */
export function modelCard(plan: BundlePlan): string {
  const { baseModel, name, rows, corrections, recipe, dataSha256, manifestSha256, systemPrompts } = plan
  const head = stringify({
    base_model: baseModel,
    library_name: 'peft',
    pipeline_tag: 'text-generation',
    tags: ['lora', recipe.method === 'dpo' ? 'dpo' : 'sft'],
  })
  return `---
${head}---

# ${oneLine(name)}

An adapter for ${oneLine(baseModel)}, trained with HydroCore Assistant.

| | |
|---|---|
| learnt from | ${rows.train} rows (${rows.validation} kept for validation), ${corrections.length} approved corrections among their sources |
| method | ${recipe.method === 'dpo' ? 'preferences (DPO)' : 'supervised'} with the settings of recipe.json |
| training data, sha256 | \`${dataSha256}\` |
| data manifest, sha256 | ${manifestSha256 ? `\`${manifestSha256}\`` : 'none'} |

**Meant for** answering as the rows do, behind the assistant's own check against its catalog. **Not meant for** advice
without that check, or for other devices than those of the catalog.

**Asked with** the system prompt it was trained on:

${systemPrompts.map((prompt) => fenced(prompt)).join('\n\n') || 'none'}

**Measured:** not yet. Run \`evaluate\` on held-out rows and write down here what came of it.
`
}

function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)))
  return `${fence}text\n${text}\n${fence}`
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[|<>`]/g, ' ')
}

/** `README.md`: how to go on. */
export function bundleReadme(plan: BundlePlan): string {
  const { name, baseModel, recipe, rows, kind, benchmark } = plan
  const isDpo = recipe.method === 'dpo'
  return `# Training ${oneLine(name)} yourself

Everything that is needed to train ${oneLine(baseModel)} on ${rows.train} rows, on your own machine with a GPU. Choose **one** trainer; each
reads the same rows in its own form, and \`recipe.json\` or \`axolotl.yaml\` is the place to change a setting.

## 1. Train

**TRL**: \`pip install "trl[peft]"\`, then \`python train_trl.py\`. The adapter ends up in \`out/trl\`.

**axolotl**: \`pip install axolotl\`, then, in this folder, \`axolotl train axolotl.yaml\`. The adapter ends up in \`out/axolotl\`.

**Unsloth**: ${
    isDpo
      ? 'load `data/unsloth/train.jsonl` with `load_dataset("json", …)` into Unsloth\'s DPO notebook'
      : 'load `data/unsloth/train.jsonl` with `load_dataset("json", …)` into a conversational notebook, then `standardize_sharegpt`, and `train_on_responses_only`'
  }; take model, seed, epochs, learning rate and LoRA
settings from \`recipe.json\`, and save the adapter to \`out/unsloth\`.

## 2. Serve

\`pip install vllm\`, then \`sh serve-vllm.sh\` (with \`out/axolotl\` or \`out/unsloth\` behind it for another trainer). It answers on
\`http://127.0.0.1:8000/v1\` as ${oneLine(name)}.

## 3. Bring it back

Set \`OPENAI_BASE_URL=http://127.0.0.1:8000/v1\` and any \`OPENAI_API_KEY\`, then from the assistant's folder:

\`\`\`sh
npm run -s hydrocore -- models register ${shellQuote(name)} --bundle THIS_FOLDER
npm run -s hydrocore -- evaluate --models ${shellQuote(baseModel)},${shellQuote(name)} --data ${benchmark?.name ? shellQuote(benchmark.name) : 'HELD_OUT_ROWS'}
npm run -s hydrocore -- models promote ${shellQuote(name)} --alias ${kind ?? 'assistant'} --evaluation EVALUATION_ID
\`\`\`

The model that is live may be served elsewhere: what was measured of it before on the same rows counts. Rows of this bundle are refused as evaluation data. \`data/source\` holds them as they came, so that they train at any provider too.
\`bundle.json\` names every file with its sha256.
`
}
