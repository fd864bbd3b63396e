import { type Command, Option } from 'commander'
import type { Core } from '../app.ts'
import { writeAnswer } from '../diagnosis/answer.ts'
import { type Diagnosis, diagnosisOf } from '../diagnosis/diagnose.ts'
import { CATEGORIES } from '../diagnosis/prompt.ts'
import { STRATEGIES, type Strategy } from '../diagnosis/strategies.ts'
import { CONSENT_LINE } from '../feedback/corrections/corrections.ts'
import { checkLogCorrection, proposeLogCorrection } from '../feedback/corrections/log-corrections.ts'
import { UsageError } from '../lib/errors.ts'
import { personAt } from './corrections/reviewer.ts'
import { printable } from './printing.ts'
import { openCoreForTerminal, type Terminal } from './program.ts'

const ASK_WITHIN_MS = 60_000

/** `ask` and `classify`: answer a question or classify a log line as the bot would. */
export function addAsk(program: Command, terminal: Terminal): void {
  program
    .command('ask')
    .description('one diagnosis, as the bot would say it')
    .argument('<question>', 'such as "E-02 on HC5000-A-1138"')
    .option('--model <id>', 'a model other than the active one')
    .addOption(new Option('--strategy <how>', 'how that model is asked').choices(STRATEGIES).default(STRATEGIES[0]))
    .option('--json', 'the diagnosis as JSON')
    .action(async (question: string, options: { model?: string; strategy: Strategy; json?: boolean }) => {
      if (!question.trim()) throw new UsageError('Ask something, such as: hydrocore ask "E-02 on HC5000-A-1138"')
      await using core = await openCoreForTerminal(terminal)
      const diagnose = options.model ? core.diagnoseWith(options.model, options.strategy) : core.diagnose
      const signal = AbortSignal.any([terminal.signal, AbortSignal.timeout(ASK_WITHIN_MS)])
      const diagnosis = await diagnosisOf(diagnose({ text: question }, signal))
      terminal.out(options.json ? JSON.stringify(diagnosis, null, 2) : printAnswer(diagnosis))
    })

  program
    .command('classify')
    .description('the category of a log line')
    .argument('<line>')
    .option('--correct <category>', `proposes the right one for review: ${CATEGORIES.join(', ')}`)
    .option('--json', 'as JSON')
    .action(async (line: string, options: { json?: boolean; correct?: string }) => {
      await using core = await openCoreForTerminal(terminal)
      const signal = AbortSignal.any([terminal.signal, AbortSignal.timeout(ASK_WITHIN_MS)])
      const classified = await core.classify(line, signal)
      terminal.out(options.json ? JSON.stringify(classified) : (classified.category ?? 'no category'))
      if (options.correct !== undefined) await proposeCategory(core, terminal, line, classified, options.correct)
    })
}

/** Somebody who enters the right category here consents to the next classifier learning it. */
async function proposeCategory(
  { catalog, store }: Core,
  terminal: Terminal,
  line: string,
  { category: said, model }: Awaited<ReturnType<Core['classify']>>,
  right: string,
): Promise<void> {
  const checked = checkLogCorrection({ line, category: right, consent: CONSENT_LINE }, catalog)
  if (!checked.ok) throw new UsageError(Object.values(checked.faults).join(' '))
  const { correction } = checked
  const proposal = { correction, author: personAt({}), said, model, catalogVersion: catalog.version }
  const { correction: row } = await proposeLogCorrection(store, proposal, Date.now())
  terminal.out(`Proposed ${right} for review (${row.id}). ${CONSENT_LINE}`)
}

/** The model's text, and what the catalog says about it. */
function printAnswer({ modelText, model, source, findings, device, latencyMs }: Diagnosis): string {
  const lines = [printable(modelText) || '(the model said nothing)', '']
  for (const { code, verdict, statement } of findings) {
    lines.push(`${code ?? 'no code'}: ${VERDICTS[verdict]}`)
    if (statement && verdict !== 'grounded') lines.push(`The catalog says: ${writeAnswer(statement)}`)
  }
  const who = `${model ?? 'no model'} (${source}), ${latencyMs} ms`
  return [...lines, device ? `${who}, device ${device}` : who].join('\n')
}

const VERDICTS = {
  grounded: 'agrees with the catalog',
  contradicted: 'contradicts the catalog, so the catalog’s own statement is shown instead',
  unknown_code: 'not in the catalog',
  unanswered: 'the model did not answer in a usable form',
} as const
