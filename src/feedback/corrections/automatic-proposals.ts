import type { Catalog } from '../../catalog/catalog.ts'
import type { Command } from '../../commands/command.ts'
import { statementOf } from '../../diagnosis/answer.ts'
import { askPlainly } from '../../diagnosis/ask-in-words.ts'
import { findAnswer, type SavedAnswer } from '../../diagnosis/questions/question-records.ts'
import type { Store } from '../../store/open.ts'
import { SYSTEM_USER } from '../person.ts'
import { answerTextOf, type Content } from './content.ts'
import type { CorrectionRow } from './correction-row.ts'
import type { CorrectionReason } from './corrections.ts'
import { submit } from './propose.ts'
import { alignmentOf } from './teachability.ts'

/**
 * Queues an answer that the catalog contradicted: the catalog's statement against the model's. The question is built
 * from the code, never from the person's words, and nobody has consented: it isn't exported before a reviewer edits and
 * approves it as their own. The same disagreement again adds weight.
 */
export async function proposeFromGrounding(
  store: Store,
  answer: SavedAnswer,
  catalog: Catalog,
  now: number,
): Promise<CorrectionRow[]> {
  const proposed: CorrectionRow[] = []
  for (const { verdict, code } of answer.findings) {
    if (verdict !== 'contradicted' || !code || !catalog.find(code)) continue
    const reason = whatWasWrong(answer.model_text, code, catalog)
    proposed.push(await propose(store, { source: 'grounding', code, reason, answer, note: null }, catalog, now))
  }
  return proposed
}

function whatWasWrong(modelText: string, code: string, catalog: Catalog): CorrectionReason {
  const said = answerTextOf(modelText, code)
  return said && said.code === code && said.command !== (catalog.find(code)?.command ?? null)
    ? 'wrong_command'
    : 'wrong_meaning'
}

/**
 * Queues the answer whose command a device couldn't carry out: the action may be wrong. Null for a command that didn't
 * fail, and for a code no longer in the catalog.
 */
export async function proposeFromCommand(
  store: Store,
  command: Pick<Command, 'state' | 'code' | 'command' | 'answerId' | 'deviceMessage'>,
  catalog: Catalog,
  now: number,
): Promise<CorrectionRow | null> {
  const { state, code, answerId, deviceMessage } = command
  if (state !== 'failed' || !catalog.find(code)) return null
  const answer = await findAnswer(store, answerId)
  if (!answer) return null
  const note = `${command.command} failed.${deviceMessage ? ` The device said: ${deviceMessage}` : ''}`
  return propose(store, { source: 'command', code, reason: 'wrong_action', answer, note }, catalog, now)
}

type Found = {
  source: 'grounding' | 'command'
  code: string
  reason: CorrectionReason
  answer: SavedAnswer
  note: string | null
}

const MAX_NOTE_CHARS = 500

async function propose(store: Store, found: Found, catalog: Catalog, now: number): Promise<CorrectionRow> {
  const { source, code, reason, answer } = found
  const entry = catalog.find(code)
  if (!entry) throw new TypeError(`${code} is not in the catalog`)
  const content: Content = { kind: 'answer', question: askPlainly(code), ...statementOf(entry), reason }
  const { correction } = await submit(
    store,
    {
      content,
      standing: alignmentOf(content, catalog),
      source,
      note:
        found.note
          ?.toWellFormed()
          .replace(/\p{Cc}/gu, ' ')
          .slice(0, MAX_NOTE_CHARS)
          .toWellFormed() ?? null,
      consent: null,
      author: SYSTEM_USER,
      answerId: answer.id,
      originalText: answer.model_text,
      model: answer.model,
      catalogVersion: answer.catalog_version,
    },
    now,
  )
  return correction
}
