import type { Catalog } from '../../catalog/catalog.ts'
import { findAlertByAnswer } from '../../commands/alerts/alert-records.ts'
import type { Command } from '../../commands/command.ts'
import type { Commands } from '../../commands/commands.ts'
import type { Outcomes } from '../../commands/outcomes.ts'
import type { WorkOrders } from '../../commands/work-orders/work-orders.ts'
import { SYSTEM_USER } from '../../diagnosis/questions/alert-questions.ts'
import {
  devicesOf,
  findAnswer,
  findQuestion,
  openDevicesOf,
  type SavedAnswer,
} from '../../diagnosis/questions/question-records.ts'
import { isErased } from '../../diagnosis/questions/withdrawal-records.ts'
import { readTally } from '../../feedback/votes/votes.ts'
import { createCoalescer } from '../../lib/coalesce.ts'
import type { Store } from '../../store/open.ts'
import { answerMessage, isCounted, type RecordShown } from '../blocks/answer.ts'
import { withoutQuestion } from '../blocks/asked.ts'
import type { SlackMessage } from '../platform/message.ts'
import type { Roles } from '../platform/roles.ts'
import { inPlace } from '../posting/post.ts'
import type { Delivery } from './delivery.ts'
import { refreshUntilStable } from './refresh-until-stable.ts'

export type AnswerMessages = {
  /** Creates a button for each command the catalog allows for its code, whatever the model wrote. */
  offer(saved: SavedAnswer): Promise<readonly Command[]>
  /** The answer's current message. `offered` saves looking up its commands. */
  render(saved: SavedAnswer, given?: { hasFiles?: boolean; offered?: readonly Command[] }): Promise<SlackMessage>
  /** Updates an answer's message after a change; calls in quick succession are coalesced. */
  refresh(answerId: string): Promise<void>
}

export function createAnswerMessages(deps: {
  catalog: Catalog
  store: Store
  commands: Commands
  workOrders: Pick<WorkOrders, 'ofAnswer'>
  outcomes: Outcomes
  delivery: Pick<Delivery, 'update'>
  roles: Pick<Roles, 'peekOperator'>
  now: () => number
}): AnswerMessages {
  const { catalog, store, commands, workOrders, outcomes, delivery } = deps

  const compose: AnswerMessages['render'] = async (saved, { hasFiles = false, offered } = {}) => {
    // A new answer has no votes or orders yet.
    const isNew = offered !== undefined
    const devices = [...new Set([...saved.findings.flatMap(devicesOf), ...(saved.device ? [saved.device] : [])])]
    const mayAskerOperate =
      saved.asker === SYSTEM_USER ? null : deps.roles.peekOperator({ user: saved.asker, team: saved.team })
    const [shown, history, orders, records, known, alert, votes] = await Promise.all([
      offered ?? commands.ofAnswer(saved.id),
      isNew ? undefined : commands.historyOfAnswer(saved.id),
      isNew ? [] : workOrders.ofAnswer(saved.id),
      recordsFor(saved),
      Promise.all(devices.map(commands.devices.find)),
      saved.asker === SYSTEM_USER ? findAlertByAnswer(store, saved.id) : null,
      isNew || !isCounted(saved) ? null : readTally(store, saved.id),
    ])
    return answerMessage(
      {
        answer: saved,
        commands: shown,
        history: history ?? new Map(),
        mayAskerOperate,
        devices: known.filter((one) => one !== null),
        hasFiles,
        alert,
        orders,
        records,
        votes,
      },
      catalog,
    )
  }
  /** Whoever posts a message adds what its place needs; here it's there already. */
  const composeInPlace = async (saved: SavedAnswer): Promise<SlackMessage> => {
    const message = await compose(saved)
    if (isErased(saved)) return withoutQuestion(message, saved.id)
    const question = saved.asker === SYSTEM_USER ? null : await findQuestion(store, saved.question_id)
    return question ? inPlace(question, saved.channel, message) : message
  }
  const recordsFor = async ({ findings }: SavedAnswer): Promise<RecordShown[]> => {
    const found = await Promise.all(
      findings.map(async ({ code, command }) => {
        const record = code && command ? await outcomes.trackRecord(code, command) : null
        return record && code && command ? [{ code, command, ...record }] : []
      }),
    )
    return found.flat()
  }
  return {
    async offer({ id: answerId, team, channel, findings, ...answer }) {
      const open = openDevicesOf(answer).flatMap(({ candidates }) => candidates)
      const offered: Command[] = []
      for (const finding of findings) {
        const { code, command, verdict, step } = finding
        // What was done already isn't offered again.
        if (!code || !command || step > 0 || verdict === 'unknown_code' || !catalog.allows(code, command)) continue
        const offeredAt = new Date(deps.now())
        const named = [...new Set([...devicesOf(finding), ...open])]
        for (const device of named.length > 0 ? named : [null])
          offered.push(await commands.offer({ answerId, code, command, device, team, channel, offeredAt }))
      }
      return offered
    },
    render: compose,
    refresh: createCoalescer(async (answerId) => {
      const saved = await findAnswer(store, answerId)
      if (!saved?.message_ts) return
      const at = { channel: saved.channel, ts: saved.message_ts }
      await refreshUntilStable(
        () => composeInPlace(saved),
        (message) => delivery.update(saved.team, at, message),
      )
    }),
  }
}
