import type { Core } from '../../app.ts'
import { isAbort } from '../../lib/errors.ts'
import { openProgress, type Progress } from '../../lib/progress.ts'
import { sparkline } from '../../lib/sparkline.ts'
import type { JobEvent } from '../../training/jobs/job-event.ts'
import { isFinal, type TrainerEvent } from '../../training/jobs/job-schema.ts'
import { trainedModelOf } from '../../training/jobs/jobs.ts'
import type { Job } from '../../training/jobs/watch-job.ts'
import { printable } from '../printing.ts'
import type { Terminal } from '../program.ts'

/** Progress for the waiting person: a bar with the loss, and lines for what they should know. */
export function printEvents(progress: Progress) {
  const curve = lossCurve()
  let isAway = false
  return function tell(event: JobEvent): void {
    if (event.kind === 'unreachable') {
      if (!isAway) progress.say(`${printable(event.error.message)}; trying again`)
      isAway = true
      return
    }
    isAway = false
    switch (event.kind) {
      case 'uploading':
        progress.show(event.sent, event.bytes, 'uploading')
        break
      case 'uploaded':
        if (event.isReused)
          progress.say(`${printable(event.file)} was sent before (${printable(event.id)}) and is used again`)
        break
      case 'status':
        if (!isFinal(event.status)) progress.say(statusWords(event.status))
        break
      case 'step':
        curve.add(event)
        progress.show(event.step, event.steps ?? event.step, curve.words())
        break
      case 'message':
        if (event.level !== 'info') progress.say(printable(event.text))
        break
      case 'quiet':
        progress.say(
          `nothing new for ${Math.round(event.forMs / 60_000)} minutes (${printable(event.status)}); still watching`,
        )
        break
      default:
        event satisfies never
    }
  }
}

function statusWords(status: string): string {
  const plain = printable(status).replaceAll('_', ' ')
  return status === 'paused' ? 'paused; "finetune resume" lets it go on' : plain
}

/** The loss so far as a short curve. */
export function lossCurve(events: readonly TrainerEvent[] = []) {
  const losses: number[] = []
  let validation: number | null = null
  const curve = {
    add(event: TrainerEvent): void {
      if (event.kind !== 'step') return
      if (event.loss !== null) losses.push(event.loss)
      validation = event.validationLoss ?? validation
    },
    words(): string {
      const last = losses.at(-1)
      if (last === undefined) return 'no loss told'
      const held = validation === null ? '' : `, validation ${validation.toFixed(3)}`
      return `loss ${sparkline(losses)} ${last.toFixed(3)}${held}`
    },
  }
  for (const event of events) curve.add(event)
  return curve
}

/** Follows a job. Stopping this doesn't stop the job, and the person is told so. */
export async function watch(core: Core, id: string, terminal: Terminal): Promise<Job> {
  using progress = openProgress(terminal, 'fine-tuning')
  try {
    return await core.jobs.watchJob(id, { onEvent: printEvents(progress), signal: terminal.signal })
  } catch (error) {
    if (isAbort(error) || terminal.signal.aborted)
      progress.say(`The job goes on without us. Follow it again with: finetune watch ${id}`)
    throw error
  }
}

/** Prints the outcome; throws if there's no model. */
export function printEnd(job: Job, terminal: Terminal, json = false): void {
  const model = trainedModelOf(job)
  terminal.out(json ? JSON.stringify(job, null, 2) : `${job.status}: ${model}`)
}
