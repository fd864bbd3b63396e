import { join } from 'node:path'
import type { Command } from 'commander'
import type { Core } from '../../app.ts'
import type { ChatMessage } from '../../diagnosis/model/chat-message.ts'
import { ModelFaultError } from '../../diagnosis/model/errors.ts'
import { UsageError } from '../../lib/errors.ts'
import { registerModel } from '../../training/jobs/register-model.ts'
import { openCoreForTerminal, type Terminal } from '../program.ts'

type RegisterOptions = { bundle: string; base?: string; json?: boolean }

/** `models register`: makes a model trained with a bundle a model like any other. */
export function addModelRegister(models: Command, terminal: Terminal): void {
  models
    .command('register')
    .description('a model that you trained from a bundle and serve at OPENAI_BASE_URL')
    .argument('<model>', 'as the server calls it')
    .requiredOption('--bundle <folder>', 'what it was trained from: "finetune start --driver local" wrote it')
    .option('--base <model>', 'what it was trained on, if not what the bundle says')
    .option('--json', 'as JSON')
    .action(async (model: string, { bundle, base, json }: RegisterOptions) => {
      await using core = await openCoreForTerminal(terminal)
      await ask(core, model, { bundle, signal: terminal.signal })
      const job = await registerModel(core.store, { model, folder: bundle, baseModel: base }, Date.now)
      if (json) terminal.out(JSON.stringify(job, null, 2))
      else
        terminal.out(
          `${model} is known now: ${job.training_rows} rows on ${job.base_model} (${job.id}). Measure it with "evaluate", then "models promote".`,
        )
    })
}

/** A model list may be out of date; only an answer proves that the model is served. */
async function ask(
  core: Core,
  model: string,
  { bundle, signal }: { bundle: string; signal: AbortSignal },
): Promise<void> {
  const messages: ChatMessage[] = [{ role: 'user', content: 'Hello' }]
  try {
    for await (const _ of core.models.stream({ model, messages }, signal)) return
  } catch (error) {
    if (!(error instanceof ModelFaultError) || error.code !== 'model_missing') throw error
    throw new UsageError(
      `The server at OPENAI_BASE_URL does not answer as ${model}. Serve it under that name first: ${join(bundle, 'README.md')} says how.`,
    )
  }
}
