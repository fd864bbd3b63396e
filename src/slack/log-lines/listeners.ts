import type { Catalog } from '../../catalog/catalog.ts'
import type { Classify } from '../../diagnosis/classification.ts'
import { findLogLine, type LogLine, saveLogLine } from '../../diagnosis/questions/log-line-records.ts'
import { CONSENT_LINE } from '../../feedback/corrections/corrections.ts'
import { checkLogCorrection, proposeLogCorrection } from '../../feedback/corrections/log-corrections.ts'
import { recordLogVote } from '../../feedback/votes/votes.ts'
import type { InFlight } from '../../lib/background.ts'
import { remedyOf } from '../../lib/errors.ts'
import type { Store } from '../../store/open.ts'
import { button, section } from '../blocks/elements.ts'
import { ACTION, readId, readLogVoteValue, VIEW } from '../blocks/ids.ts'
import { logLineMessage, quotedLine } from '../blocks/log-line.ts'
import { noticeView } from '../blocks/notice-view.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import { onProposalSent, type Proposed, type SentFormDeps } from '../feedback/submit.ts'
import type { OpenForm } from '../platform/form-payloads.ts'
import { onClick, onFormClosed, onSlash } from '../platform/listeners.ts'
import { type Person, parseWorkspaceRef, type SlackAction } from '../platform/payloads.ts'
import { replyTo, sendDirect } from '../posting/notify.ts'
import { type ModalRequest, openWithLoadingView, requestOf } from '../posting/open-modal.ts'
import { logLineView } from './correction-form.ts'
import { WORDS } from './words.ts'

export type LogLineListenerDeps = SentFormDeps & {
  classify: Classify
  store: Store
  catalog: Catalog
  inFlight: InFlight
  now: () => number
}

/**
 * How long a log line may wait for its category: well below the 30 minutes of Slack's `response_url`, and within a
 * person's patience.
 */
const CLASSIFY_WITHIN_MS = 20_000

/** `/classify LOG LINE`: the category, visible only to the requester. */
export function onClassifyCommand(deps: LogLineListenerDeps) {
  return onSlash(async function onClassifyCommand(command, { body, respond }) {
    if (!command.text) return { answer: { response_type: 'ephemeral', text: WORDS.classifyUsage } }
    const { text: line, user_id: asker } = command
    const team = parseWorkspaceRef(body)?.team ?? command.team_id
    return {
      async afterwards() {
        const message = await sort(deps, { line, asker, team }).then(logLineMessage, (error: unknown) => {
          deps.logger.warn({ err: error }, 'a log line could not be sorted')
          return { text: `${remedyOf(error)}\n${quotedLine(line)}` }
        })
        await respond({ response_type: 'ephemeral', ...message })
      },
    }
  })
}

async function sort(
  { classify, store, now }: LogLineListenerDeps,
  asked: Pick<LogLine, 'line' | 'asker' | 'team'>,
): Promise<LogLine> {
  const said = await classify(asked.line, AbortSignal.timeout(CLASSIFY_WITHIN_MS))
  return saveLogLine(store, { ...asked, ...said }, now())
}

/** A thumb below a category. */
export function onCategoryVote(deps: LogLineListenerDeps) {
  return onClick(async function onCategoryVote(click) {
    const vote = readLogVoteValue(click.value)
    if (!vote) return
    if (vote.value < 0) deps.inFlight.track('a form for a category', () => openForm(deps, click, vote.id))
    const line = await findOwn(deps, click.person, vote.id)
    if (!line && vote.value > 0) await replyTo(await deps.clientsOf(click.person.team), click, WORDS.logLineGone)
    if (line) await recordLogVote(deps.store, { id: line.id, value: vote.value, eventTs: click.at })
  })
}

/** "Tell us what it is about" without a category, and the way back to a closed form. */
export function onCorrectCategory(deps: LogLineListenerDeps) {
  return onClick(async function onCorrectCategory(click) {
    await openForm(deps, click, readId(click.value))
  })
}

async function openForm(deps: LogLineListenerDeps, click: SlackAction, lineId: string): Promise<void> {
  const opening: ModalRequest = {
    ...requestOf(click),
    title: WORDS.logLineTitle,
    callbackId: VIEW.logLine,
    metadata: lineId,
    reopenButton: () => ({ actionId: ACTION.correctCategory, value: lineId }),
  }
  await openWithLoadingView(deps, opening, async () => {
    const line = await findOwn(deps, click.person, lineId)
    if (!line) return noticeView(WORDS.logLineTitle, WORDS.logLineGone)
    return logLineView(line, await deps.drafts.load({ person: click.person, metadata: lineId }), deps.catalog)
  })
}

/** A log line of this person; nobody else has seen its category. */
async function findOwn(
  { store }: Pick<LogLineListenerDeps, 'store'>,
  { user, team }: Person,
  id: string,
): Promise<LogLine | null> {
  const line = await findLogLine(store, id)
  return line?.asker === user && line.team === team ? line : null
}

export function onCategorySent(deps: LogLineListenerDeps) {
  return onProposalSent(deps, { propose: (form) => propose(deps, form), failedAt: 'code' })
}

async function propose(
  { store, catalog, now }: LogLineListenerDeps,
  { metadata, person: author, values }: OpenForm,
): Promise<Proposed> {
  const line = await findOwn({ store }, author, metadata)
  if (!line) return { faults: { question: WORDS.logLineGone } }
  const { question, code: category, note } = values
  const checked = checkLogCorrection({ line: question, category, note, consent: CONSENT_LINE }, catalog)
  if (!checked.ok) {
    const { line: atQuestion, category: atCode, note: atNote } = checked.faults
    return { faults: { question: atQuestion, code: atCode, note: atNote } }
  }
  const { correction } = checked
  const { category: said, model } = line
  return proposeLogCorrection(store, { correction, author, said, model, catalogVersion: catalog.version }, now())
}

/** The form was closed unsent: the input is kept, and its author is told how to get it back. */
export function onCategoryClosed(deps: LogLineListenerDeps) {
  return onFormClosed(async function onCategoryClosed(form) {
    if (form.isTouched) await deps.drafts.save(form)
    if (!(await deps.drafts.load(form))) return
    const clients = await deps.clientsOf(form.person.team)
    await sendDirect(clients, form.person.user, SHARED_WORDS.draftKept, [
      section(SHARED_WORDS.draftKept),
      { type: 'actions', elements: [button(SHARED_WORDS.goOn, ACTION.correctCategory, form.metadata)] },
    ])
  })
}
