import type { Catalog } from '../../catalog/catalog.ts'
import { type Alert, isRecovered } from '../../commands/alerts/alert.ts'
import { findAlert, linkAlert, markAlertShown, markRecoveryAnnounced } from '../../commands/alerts/alert-records.ts'
import type { Commands } from '../../commands/commands.ts'
import { statementOf } from '../../diagnosis/answer.ts'
import type { ThreadMemory } from '../../diagnosis/conversation/thread-memory.ts'
import { type Diagnose, type Diagnosis, diagnosisOf } from '../../diagnosis/diagnose.ts'
import { SYSTEM_USER, saveAlertQuestion } from '../../diagnosis/questions/alert-questions.ts'
import { findAnswer, markPosted, type SavedAnswer } from '../../diagnosis/questions/question-records.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import type { Store } from '../../store/open.ts'
import { alertText, recovered } from '../blocks/alert.ts'
import { callSlack, type SlackClients } from '../platform/clients.ts'
import { type Feature, feature } from '../platform/feature.ts'
import type { AlertTarget, Posted } from '../platform/message.ts'
import { retryabilityOf } from '../platform/platform-errors.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { type MessageMetadata, metadataOf, parseMetadata } from '../posting/message-metadata.ts'
import { recentMessages } from '../posting/recent-messages.ts'
import type { AnswerMessages } from '../questions/compose-answer.ts'

/** How long an alert waits for the assistant's words before the catalog's are shown. */
const ASSISTANT_WITHIN_MS = 1_500

export type AlertDeps = {
  /** The app's one workspace, for a target that names none. */
  homeTeam: () => Promise<string>
  catalog: Catalog
  store: Store
  commands: Pick<Commands, 'setMessage'>
  answerMessages: AnswerMessages
  memory: Pick<ThreadMemory, 'remember'>
  diagnose: Diagnose
  clientsOf: ClientsOf
  outbox: Outbox
  logger: Logger
  now: () => number
}

/** Posts device alerts to the configured channel. Without a channel, the feature does nothing. */
export function createAlerts({ target, ...deps }: AlertDeps & { target: AlertTarget | null }): Feature {
  if (target) postAlerts({ ...deps, target })
  return feature(() => undefined)
}

/**
 * Posts device alerts to the alert channel: one message per code and device, with an answer's buttons. Each outbox job
 * is taken by one instance, so the alert is posted once.
 */
function postAlerts(deps: AlertDeps & { target: AlertTarget }): void {
  const { target, catalog, store, commands, memory, answerMessages, clientsOf, outbox, logger, now } = deps
  const { channel } = target

  outbox.on('alert', async ({ key, attempts }, signal) => {
    const alert = await findAlert(store, key)
    if (!alert) return
    try {
      const clients = await clientsOf(target.team ?? (await deps.homeTeam()))
      if (alert.messageTs) await showAgain(clients, alert)
      else await showFirst(clients, alert, attempts > 0, signal)
    } catch (error) {
      // We stay out of a channel until somebody invites us: this is logged, and the next attempt may succeed.
      logger.warn({ err: error, alert: alert.id, channel, nature: retryabilityOf(error) }, 'an alert could not be told')
      throw error
    }
  })

  async function showFirst(clients: SlackClients, alert: Alert, mayStand: boolean, signal: AbortSignal): Promise<void> {
    const saved = await answerFor(alert, signal)
    const mark: MessageMetadata = { kind: 'final', questionId: saved.question_id, answerId: saved.id }
    const at = (mayStand ? await whereItStands(clients, mark) : null) ?? (await post(clients, saved, mark))
    await markPosted(store, saved, at, now())
    await commands.setMessage(saved.id, at.channel, at.ts)
    await memory.remember({ team: saved.team, channel: at.channel, thread: at.ts }, null, aboutOf(alert))
    await markAlertShown(store, alert.id, at, new Date(now()))
    // A message posted after the recovery already says so; no second notice is needed.
    if (isRecovered(alert)) await markRecoveryAnnounced(store, alert)
  }

  async function showAgain(clients: SlackClients, alert: Alert): Promise<void> {
    if (!alert.answerId || !alert.messageTs) return
    const at = { channel: alert.channel ?? channel, ts: alert.messageTs }
    await answerMessages.refresh(alert.answerId)
    await markAlertShown(store, alert.id, at, new Date(now()))
    if (!isRecovered(alert) || alert.isRecoveryAnnounced) return
    await callSlack(() =>
      clients.posting.chat.postMessage({
        channel: at.channel,
        thread_ts: at.ts,
        text: `✅ ${alertText(alert).replace(/\.$/, '')}: ${recovered(alert)}.`,
        unfurl_links: false,
        unfurl_media: false,
      }),
    )
    await markRecoveryAnnounced(store, alert)
  }

  /** Created once: a retry finds it and shows the same buttons. */
  async function answerFor(alert: Alert, signal: AbortSignal): Promise<SavedAnswer> {
    const known = alert.answerId ? await findAnswer(store, alert.answerId) : null
    if (known) return known
    const { id, device, code } = alert
    const text = `My HydroCore unit ${device} is showing error ${code}. What is wrong?`
    const team = target.team ?? (await deps.homeTeam())
    const diagnosis = await diagnoseQuickly(text, alert, signal)
    const saved = await saveAlertQuestion(
      store,
      { team, channel, occasion: id, text },
      diagnosis,
      catalog.version,
      now(),
    )
    await linkAlert(store, id, saved.id)
    return saved
  }

  async function diagnoseQuickly(text: string, alert: Alert, signal: AbortSignal): Promise<Diagnosis> {
    const { code, device } = alert
    const own = fromCatalog(alert, catalog)
    if (own.findings.every(({ verdict }) => verdict === 'unknown_code')) return own
    try {
      const quick = AbortSignal.any([signal, AbortSignal.timeout(ASSISTANT_WITHIN_MS)])
      const diagnosis = await diagnosisOf(deps.diagnose({ text }, quick))
      return diagnosis.model && diagnosis.findings.some((one) => one.code === code)
        ? withDevice(diagnosis, device)
        : own
    } catch (error) {
      signal.throwIfAborted()
      logger.debug({ err: error, alert: alert.id }, 'an alert did not wait for the assistant')
      return own
    }
  }

  async function post({ posting }: SlackClients, saved: SavedAnswer, mark: MessageMetadata): Promise<Posted> {
    await answerMessages.offer(saved)
    const { text, blocks } = await answerMessages.render(saved)
    const metadata = metadataOf(mark)
    const sent = await callSlack(() =>
      posting.chat.postMessage({ channel, text, blocks, metadata, unfurl_links: false, unfurl_media: false }),
    )
    return { channel: sent.channel ?? channel, ts: sent.ts ?? '' }
  }

  /** A failed attempt may have posted and lost only Slack's response. */
  async function whereItStands(clients: SlackClients, mark: MessageMetadata): Promise<Posted | null> {
    const messages = await recentMessages(clients, channel)
    const ts = messages.find((message) => parseMetadata(message, mark) === 'final')?.ts
    return ts ? { channel, ts } : null
  }
}

/** The device spoke for itself, however its id is spelt. */
function withDevice(diagnosis: Diagnosis, device: string): Diagnosis {
  const findings = diagnosis.findings.map((finding) => ({ ...finding, devices: [device] }))
  return { ...diagnosis, findings, devices: [device], openDevices: [] }
}

/** The catalog's diagnosis for the code, without asking a model. */
function fromCatalog({ device, code }: Alert, catalog: Catalog): Diagnosis {
  const entry = catalog.find(code)
  return {
    modelText: '',
    source: 'catalog',
    model: null,
    strategy: null,
    trial: null,
    findings: [
      entry
        ? { verdict: 'grounded', code, statement: statementOf(entry), typed: code, step: 0, devices: [device] }
        : { verdict: 'unknown_code', code, statement: null, typed: code, step: 0, devices: [device] },
    ],
    proposed: [],
    smallTalk: null,
    openDevices: [],
    namedCodes: [code],
    devices: [device],
    latencyMs: 0,
  }
}

/** What the thread below an alert is about. */
function aboutOf({ code, device }: Alert) {
  return { topics: [{ code, devices: [device], step: 0, person: SYSTEM_USER }], devices: [device], proposed: [] }
}
