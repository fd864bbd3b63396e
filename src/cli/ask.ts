import { type Command, Option } from 'commander'
import type { Core } from '../app.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { writeAnswer } from '../diagnosis/answer.ts'
import { contextOf, turnOf } from '../diagnosis/conversation/thread-context.ts'
import { openThreadMemory } from '../diagnosis/conversation/thread-memory.ts'
import { type Diagnosis, diagnosisOf, type Finding } from '../diagnosis/diagnose.ts'
import { CATEGORIES } from '../diagnosis/prompt.ts'
import { STRATEGIES, type Strategy } from '../diagnosis/strategies.ts'
import { CONSENT_LINE } from '../feedback/corrections/corrections.ts'
import { checkLogCorrection, proposeLogCorrection } from '../feedback/corrections/log-corrections.ts'
import { UsageError } from '../lib/errors.ts'
import { personAt } from './corrections/reviewer.ts'
import { printable } from './printing.ts'
import { openCoreForTerminal, type Terminal } from './program.ts'

const ASK_WITHIN_MS = 60_000

type AskOptions = { model?: string; strategy: Strategy; thread?: string; json?: boolean }

/** `ask` and `classify`: answer a question or classify a log line as the bot would. */
export function addAsk(program: Command, terminal: Terminal): void {
  program
    .command('ask')
    .description('one diagnosis, as the bot would say it')
    .argument('<question>', 'such as "E-02 on HC5000-A-1138"')
    .option('--model <id>', 'a model other than the active one')
    .addOption(new Option('--strategy <how>', 'how that model is asked').choices(STRATEGIES).default(STRATEGIES[0]))
    .option('--thread <word>', 'questions with the same word are one conversation')
    .option('--json', 'the diagnosis as JSON')
    .action(async (question: string, options: AskOptions) => {
      if (!question.trim()) throw new UsageError('Ask something, such as: hydrocore ask "E-02 on HC5000-A-1138"')
      await using core = await openCoreForTerminal(terminal)
      const diagnose = options.model ? core.diagnoseWith(options.model, options.strategy) : core.diagnose
      const signal = AbortSignal.any([terminal.signal, AbortSignal.timeout(ASK_WITHIN_MS)])
      const { thread = null } = options
      const memory = openThreadMemory(core.store)
      const place = { team: '', channel: 'terminal', thread: thread ?? '' }
      const known = thread ? await memory.recall(place) : {}
      const diagnosis = await diagnosisOf(diagnose({ text: question, ...known, thread }, signal))
      if (thread)
        await memory.remember(place, turnOf(question, diagnosis.findings), {
          ...contextOf(diagnosis.findings, ''),
          devices: diagnosis.devices,
          proposed: diagnosis.proposed,
        })
      terminal.out(options.json ? JSON.stringify(diagnosis, null, 2) : printAnswer(diagnosis, core.catalog))
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

/** What a person would be shown, and what the model had said. */
function printAnswer(diagnosis: Diagnosis, catalog: Catalog): string {
  const { modelText, model, source, findings, proposed, smallTalk, openDevices, devices, latencyMs } = diagnosis
  const lines = findings.flatMap((finding) => [
    `${finding.code ?? 'No code'}: ${VERDICTS[finding.verdict]}`,
    ...shownOf(finding),
  ])
  if (smallTalk) lines.push('Nothing to look up: this asks about no device.')
  if (proposed.length > 0) lines.push('Nobody named a code. It may be one of these:')
  for (const code of proposed) lines.push(`  ${code}: ${catalog.find(code)?.problem ?? ''}`)
  for (const { typed, candidates } of openDevices)
    lines.push(
      candidates.length > 0 ? `${typed} may be ${candidates.join(' or ')}.` : `No known device ends in ${typed}.`,
    )
  const who = [`${model ?? 'no model'} (${source})`, ...devices.map((device) => `device ${device}`), `${latencyMs} ms`]
  const said = printable(modelText)
  return [...lines, '', ...(said ? [`The model said: ${said}`] : []), who.join(', ')].join('\n')
}

/** The statement, or only its next step where the first was done. */
function shownOf({ statement, step }: Finding): string[] {
  if (!statement) return []
  return step > 0 && statement.fallback ? [`Next: ${statement.fallback}`] : [writeAnswer(statement)]
}

const VERDICTS = {
  grounded: 'the model agrees with what is approved',
  contradicted: 'the model contradicts what is approved, which is shown instead',
  unknown_code: 'not in the catalog',
  unanswered: 'the model did not answer in a usable form',
} as const
