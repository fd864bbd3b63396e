import { sql } from 'kysely'
import type { Catalog } from '../../../src/catalog/catalog.ts'
import { fingerprintOf } from '../../../src/feedback/corrections/teachability.ts'
import type { Store } from '../../../src/store/open.ts'

const NOON = Date.UTC(2026, 10, 22, 12)
const SAID = "Error Code E-02 indicates a ''pH sensor drift''. Recommended Action: Wait for the next reading."
const CONSENT = 'What I write here may be reviewed and used to train the assistant. I can withdraw it at any time.'

/** Corrections in one statement, each with its own question, author and time. */
export async function fillCorrections(
  store: Store,
  { rows, status, catalog }: { rows: number; status: 'approved' | 'proposed'; catalog: Catalog },
): Promise<void> {
  const isOpen = status === 'proposed'
  await sql`
    insert into corrections (
      id, source, status, catalog_fingerprint, question, question_hash, code, problem, action, command, fallback, reason, original_text,
      model, catalog_version, author, author_team, consent, weight, risk, priority, dedup_key,
      reviewer, reviewer_team, reviewed_at, created_at)
    with recursive n(i) as (select 1 union all select i + 1 from n where i < ${sql.lit(rows)})
    select
      'cor_01kb' || cast(10000000 + i as text), 'person',
      case when ${sql.lit(isOpen ? 1 : 0)} = 1 and i % 20 = 0 then 'claimed' else ${sql.lit(status)} end, ${sql.lit(fingerprintOf(catalog))},
      'My HydroCore unit shows E-02 since ' || cast(i as text) || ' hours and the reading is cloudy. What is wrong?',
      'key-' || cast(i as text), 'E-02', 'Turbidity sensor occlusion',
      'Trigger automated cleaning cycle and wait for the reading ' || cast(i as text), 'CLEAN_TURB',
      'Check physical sensor for debris if error persists.', 'wrong_meaning', ${sql.raw(`'${SAID}'`)},
      'ft:generalist-small:hydrocore:1', '2026.11', 'U' || cast(i % 997 as text), 'T1', ${sql.lit(CONSENT)},
      1 + i % 7, i % 4, -((1 + i % 7) * 8 + i % 4),
      case when ${sql.lit(isOpen ? 1 : 0)} = 1 then 'open-' || cast(i as text) end,
      ${sql.lit(isOpen ? null : 'UREVIEWER')}, ${sql.lit(isOpen ? null : 'T1')}, ${sql.lit(isOpen ? null : NOON)},
      ${sql.lit(NOON)} + i
    from n
  `.execute(store)
  await analyze(store)
}

/** As many answers, each with its question, what it says, and a thumb. */
export async function fillVotes(store: Store, rows: number): Promise<void> {
  const numbers = sql`with recursive n(i) as (select 1 union all select i + 1 from n where i < ${sql.lit(rows)})`
  await sql`
    insert into questions (id, team, channel, ts, user_id, channel_type, way, text, state, created_at)
    ${numbers} select 'q_' || cast(10000000 + i as text), 'T1', 'C1', cast(i as text), 'U1', 'im', 'message',
      'E-02 on my unit', 'answered', ${sql.lit(NOON)} from n
  `.execute(store)
  await sql`
    insert into answers (id, question_id, team, channel, message_ts, asker, question_text, model_text, source, model,
      catalog_version, latency_ms, created_at)
    ${numbers} select 'ans_01kb' || cast(10000000 + i as text), 'q_' || cast(10000000 + i as text), 'T1', 'C1',
      cast(i as text), 'U1', 'E-02 on my unit', ${sql.raw(`'${SAID}'`)}, 'model', 'ft:generalist-small:hydrocore:1',
      '2026.11', 300, ${sql.lit(NOON)} from n
  `.execute(store)
  await sql`
    insert into findings (answer_id, position, code, verdict, problem, action, command, fallback)
    ${numbers} select 'ans_01kb' || cast(10000000 + i as text), 0, 'E-02', 'grounded', 'Turbidity sensor occlusion',
      'Trigger automated cleaning cycle', 'CLEAN_TURB', 'Check physical sensor for debris if error persists.' from n
  `.execute(store)
  await sql`
    insert into vote_marks (answer_id, voter_team, voter, mark, value, is_set, event_ts)
    ${numbers} select 'ans_01kb' || cast(10000000 + i as text), 'T1', 'U' || cast(i % 50 as text), 'button',
      case when i % 3 = 0 then -1 else 1 end, 1, '001764000000.000100' from n
  `.execute(store)
  await analyze(store)
}

/** Both databases plan by what they know of the rows; a running bot's have known them for long. */
async function analyze(store: Store): Promise<void> {
  await sql`analyze`.execute(store)
}
