import type {
  BlockAction,
  SlackActionMiddlewareArgs,
  SlackCommandMiddlewareArgs,
  SlackViewMiddlewareArgs,
  ViewClosedAction,
} from '@slack/bolt'
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
import { sayingView } from '../blocks/notice-view.ts'
import { WORDS } from '../blocks/words.ts'
import { type Proposed, type SentFormParts, takeSent } from '../feedback/submit.ts'
import { type OpenForm, readOpenForm } from '../platform/form-payloads.ts'
import { type Person, type ReadClick, readClick, readCommand, readPlace } from '../platform/payloads.ts'
import { tellClicker, tellInPrivate } from '../posting/notify.ts'
import { type Opening, openAtOnce, openedBy } from '../posting/open-modal.ts'
import { logLineView } from './correction-form.ts'

type ClickArgs = Pick<SlackActionMiddlewareArgs<BlockAction>, 'body' | 'ack'>
type CommandArgs = Pick<SlackCommandMiddlewareArgs, 'body' | 'ack' | 'respond'>
type FormArgs = Pick<SlackViewMiddlewareArgs, 'body' | 'ack'>
type ClosedArgs = Pick<SlackViewMiddlewareArgs<ViewClosedAction>, 'body' | 'ack'>

export type LogLineListenerParts = SentFormParts & {
  classify: Classify
  store: Store
  catalog: Catalog
  inFlight: InFlight
  now: () => number
}

/** How long a log line may wait for its category: below Slack's 30 minutes by far, and a person's patience. */
const CLASSIFY_WITHIN_MS = 20_000

/** `/classify LOG LINE`: the category, for the asker alone. */
export const onClassifyCommand =
  (parts: LogLineListenerParts) =>
  async ({ body, ack, respond }: CommandArgs): Promise<void> => {
    const command = readCommand(body)
    if (!command?.text) return ack({ response_type: 'ephemeral', text: WORDS.classifyUsage })
    await ack()
    const { text: line, user_id: asker } = command
    const team = readPlace(body)?.team ?? command.team_id
    const message = await sort(parts, { line, asker, team }).then(logLineMessage, (error: unknown) => {
      parts.logger.warn({ err: error }, 'a log line could not be sorted')
      return { text: `${remedyOf(error)}\n${quotedLine(line)}` }
    })
    await respond({ response_type: 'ephemeral', ...message })
  }

async function sort(
  { classify, store, now }: LogLineListenerParts,
  asked: Pick<LogLine, 'line' | 'asker' | 'team'>,
): Promise<LogLine> {
  const said = await classify(asked.line, AbortSignal.timeout(CLASSIFY_WITHIN_MS))
  return saveLogLine(store, { ...asked, ...said }, now())
}

/** A thumb below a category. */
export const onCategoryVote =
  (parts: LogLineListenerParts) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    const vote = click && readLogVoteValue(click.value)
    if (!vote) return
    if (vote.value < 0) parts.inFlight.run('a form for a category', () => openForm(parts, click, vote.id))
    const line = await findOwn(parts, click.person, vote.id)
    if (!line && vote.value > 0) await tellClicker(await parts.clientsOf(click.person.team), click, WORDS.logLineGone)
    if (line) await recordLogVote(parts.store, { id: line.id, value: vote.value, eventTs: click.at })
  }

/** "Tell us what it is about", where no category was found; and the way back to a form that was closed. */
export const onCorrectCategory =
  (parts: LogLineListenerParts) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    if (click) await openForm(parts, click, readId(click.value))
  }

async function openForm(parts: LogLineListenerParts, click: ReadClick, lineId: string): Promise<void> {
  const opening: Opening = {
    ...openedBy(click),
    title: WORDS.logLineTitle,
    callbackId: VIEW.logLine,
    metadata: lineId,
    again: () => ({ actionId: ACTION.correctCategory, value: lineId }),
  }
  await openAtOnce(parts, opening, async () => {
    const line = await findOwn(parts, click.person, lineId)
    if (!line) return sayingView(WORDS.logLineTitle, WORDS.logLineGone)
    return logLineView(line, await parts.typed.fetch({ person: click.person, metadata: lineId }), parts.catalog)
  })
}

/** A line of this person's own; nobody else has seen what was said of it. */
async function findOwn(
  { store }: Pick<LogLineListenerParts, 'store'>,
  { user, team }: Person,
  id: string,
): Promise<LogLine | null> {
  const line = await findLogLine(store, id)
  return line?.asker === user && line.team === team ? line : null
}

/** The form was sent. */
export const onCategorySent = (parts: LogLineListenerParts) => (args: FormArgs) =>
  takeSent(parts, args, { propose: (form) => propose(parts, form), failedAt: 'code' })

async function propose(
  { store, catalog, now }: LogLineListenerParts,
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

/** The form was closed without being sent: what was typed is kept, and its author is told how to get it back. */
export const onCategoryClosed =
  (parts: LogLineListenerParts) =>
  async ({ body, ack }: ClosedArgs): Promise<void> => {
    await ack()
    const form = readOpenForm(body)
    if (!form) return
    if (form.isTouched) await parts.typed.keep(form)
    if (!(await parts.typed.fetch(form))) return
    const clients = await parts.clientsOf(form.person.team)
    await tellInPrivate(clients, form.person.user, WORDS.draftKept, [
      section(WORDS.draftKept),
      { type: 'actions', elements: [button(WORDS.goOn, ACTION.correctCategory, form.metadata)] },
    ])
  }
