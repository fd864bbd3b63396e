import { findQuestion, type QuestionRow, renewLeases, STOPPED } from '../../diagnosis/questions/question-records.ts'
import { createPoller, type Poller } from '../../lib/background.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import { threadOf } from '../posting/post.ts'

/** Why an answer in progress is aborted. */
export type AbortReason =
  /** The person stopped it. */
  | 'stopped'
  /** The person deleted the question, or edited it into another. */
  | 'withdrawn'
  /** It took longer than a person waits. */
  | 'timed_out'
  /** Another instance took it over. */
  | 'lease_lost'
  /** This instance is closing; the next one answers. */
  | 'shutdown'

export class RunAbortedError extends Error {
  override readonly name = 'RunAbortedError'
  readonly why: AbortReason
  constructor(why: AbortReason) {
    super(`the answer was called off: ${why}`)
    this.why = why
  }
}

export function isWithdrawal(error: unknown): error is RunAbortedError {
  return error instanceof RunAbortedError && error.why === 'withdrawn'
}

/** One question being answered by this instance. */
export type ActiveRun = {
  readonly question: QuestionRow
  readonly signal: AbortSignal
  abort(why: AbortReason): void
  /**
   * Throws {@link RunAbortedError} when the question isn't ours any more, as after a long pause of this process, or was
   * withdrawn.
   */
  assertLease(): Promise<void>
  /** Why the question isn't ours any more. */
  whyLost(): Promise<AbortReason>
  end(): void
}

/** Each round renews the leases of the running questions. */
export type ActiveAnswers = Poller & {
  begin(question: QuestionRow): ActiveRun
  has(questionId: string): boolean
  /** Aborts the runs of this thread. */
  stopThread(channel: string, threadTs: string): void
  /** Aborts the run of a withdrawn question; resolves when it has ended, at once where there is none. */
  withdraw(questionId: string): Promise<void>
}

/** The questions this instance is answering: renews their leases and can abort them. Disposing aborts all. */
export function createActiveAnswers(deps: {
  store: Store
  instance: string
  leaseMs: number
  stopMs: number
  logger: Logger
  now: () => number
}): ActiveAnswers {
  const { store, instance, leaseMs, logger, now } = deps
  type Entry = ActiveRun & { heldUntil: number; aborting: AbortController; ended: Promise<void> }
  const runs = new Map<string, Entry>()

  const renewal: Poller = createPoller({
    name: 'leases',
    everyMs: leaseMs / 3,
    logger,
    async run() {
      const before = [...runs.values()]
      const until = now() + leaseMs
      const held = await renewLeases(store, instance, [...runs.keys()], until)
      for (const run of before) {
        if (held.has(run.question.id)) run.heldUntil = until
        else if (runs.has(run.question.id)) run.abort(await run.whyLost())
      }
    },
  })
  const whyLost = async (questionId: string): Promise<AbortReason> => {
    const row = await findQuestion(store, questionId)
    if (row?.state === 'withdrawn') return 'withdrawn'
    return row?.lease_owner === STOPPED ? 'stopped' : 'lease_lost'
  }

  return {
    begin(question) {
      const aborting = new AbortController()
      const { promise: ended, resolve } = Promise.withResolvers<void>()
      const run: Entry = {
        question,
        signal: aborting.signal,
        aborting,
        ended,
        heldUntil: question.lease_until ?? now() + leaseMs,
        abort: (why) => aborting.abort(new RunAbortedError(why)),
        whyLost: () => whyLost(question.id),
        async assertLease() {
          if (isWithdrawal(aborting.signal.reason)) throw aborting.signal.reason
          if (now() < run.heldUntil) return
          const until = now() + leaseMs
          const held = await renewLeases(store, instance, [question.id], until)
          if (!held.has(question.id)) throw new RunAbortedError(await run.whyLost())
          run.heldUntil = until
        },
        end() {
          runs.delete(question.id)
          resolve()
        },
      }
      runs.set(question.id, run)
      return run
    },
    has: (questionId) => runs.has(questionId),
    stopThread(channel, threadTs) {
      for (const run of runs.values())
        if (run.question.channel === channel && threadOf(run.question) === threadTs) run.abort('stopped')
    },
    async withdraw(questionId) {
      const run = runs.get(questionId)
      run?.abort('withdrawn')
      await run?.ended
    },
    runOnce: renewal.runOnce,
    start: renewal.start,
    async [Symbol.asyncDispose]() {
      const allEnded = Promise.all([...runs.values()].map(({ ended }) => ended))
      const grace = setTimeout(() => {
        for (const run of runs.values()) run.abort('shutdown')
      }, deps.stopMs)
      await allEnded
      clearTimeout(grace)
      await renewal[Symbol.asyncDispose]()
    },
  }
}
