import type { ColumnType } from 'kysely'

/** Points in time are kept as milliseconds since 1970 UTC: the same number in both databases. */
export type Millis = number

/** Written once, never changed. */
type Fixed<T> = ColumnType<T, T, never>

/** One question per Slack message: its row is the claim, unique by (team, channel, ts). */
export type QuestionsTable = {
  id: Fixed<string>
  team: Fixed<string>
  channel: Fixed<string>
  /** The message's ts; for a slash command `trigger:` and its trigger id. */
  ts: Fixed<string>
  thread_ts: Fixed<string | null>
  user_id: Fixed<string>
  channel_type: Fixed<string>
  /** How it came: message, mention, command, shortcut. */
  way: Fixed<string>
  text: Fixed<string>
  state: 'claimed' | 'answered' | 'ignored' | 'abandoned'
  /** Which running instance works on it, and until when nobody else may. */
  lease_owner: string | null
  lease_until: Millis | null
  created_at: Fixed<Millis>
  answered_at: Millis | null
}

export type AnswersTable = {
  id: Fixed<string>
  /** Unique: a question has one final answer. */
  question_id: Fixed<string>
  team: Fixed<string>
  channel: string
  /** Null until the message was posted. */
  message_ts: string | null
  thread_ts: string | null
  asker: Fixed<string>
  question_text: Fixed<string>
  /** What the model wrote, unchanged; empty when it wrote nothing. */
  model_text: Fixed<string>
  source: Fixed<'model' | 'cache' | 'fallback_model' | 'catalog' | 'none'>
  model: Fixed<string | null>
  catalog_version: Fixed<string>
  device: Fixed<string | null>
  latency_ms: Fixed<number>
  created_at: Fixed<Millis>
}

/** What an answer says of each code it treats. */
export type FindingsTable = {
  answer_id: Fixed<string>
  position: Fixed<number>
  code: Fixed<string | null>
  verdict: Fixed<'grounded' | 'contradicted' | 'unknown_code' | 'unanswered'>
  problem: Fixed<string | null>
  action: Fixed<string | null>
  command: Fixed<string | null>
  fallback: Fixed<string | null>
}

/** One offered command from its button to its result. */
export type CommandsTable = {
  id: Fixed<string>
  answer_id: Fixed<string>
  code: Fixed<string>
  command: Fixed<string>
  device: string | null
  state: string
  /** The device while the command is under way, else null; unique, so a device has one active command. */
  active_device: string | null
  team: Fixed<string>
  channel: string
  message_ts: string | null
  requested_by: string | null
  requested_by_team: string | null
  approved_by: string | null
  offered_at: Fixed<Millis>
  requested_at: Millis | null
  sent_at: Millis | null
  /** When the present state ends by itself: an offer or an approval lapses, an outcome becomes unknown. */
  deadline_at: Millis | null
  settled_at: Millis | null
  /** The device's own words with the newest result. */
  device_words: string | null
}

/** The audit: append-only, one row for each step of a command. */
export type CommandStepsTable = {
  id: Fixed<string>
  command_id: Fixed<string>
  at: Fixed<Millis>
  from_state: Fixed<string | null>
  to_state: Fixed<string>
  actor: Fixed<string | null>
  actor_team: Fixed<string | null>
  why: Fixed<string>
  device_words: Fixed<string | null>
}

export type DevicesTable = {
  id: Fixed<string>
  online: 0 | 1
  since: Millis
  firmware: string | null
  /** JSON array of the codes it raised and did not clear. */
  codes: string
  seen_at: Millis
}

/**
 * One row for each mark a person can set on an answer (the button, or one reaction). The vote is the latest mark that
 * is still set, so the order in which the events arrive does not matter.
 */
export type VoteMarksTable = {
  answer_id: Fixed<string>
  voter_team: Fixed<string>
  voter: Fixed<string>
  /** `button`, or `reaction:` and the emoji's name with its skin tone: each tone is set and taken away by itself. */
  mark: Fixed<string>
  value: 1 | -1
  is_set: 0 | 1
  /** Slack's event time such as `1764000000.000100`, which sorts as text. */
  event_ts: string
}

export type CorrectionsTable = {
  id: Fixed<string>
  answer_id: Fixed<string | null>
  source: Fixed<'person' | 'grounding' | 'command'>
  status: string
  question: string
  code: string
  problem: string
  action: string
  command: string | null
  fallback: string | null
  reason: string
  note: string | null
  /** What the model had answered. */
  original_text: Fixed<string>
  model: Fixed<string | null>
  catalog_version: Fixed<string>
  author: Fixed<string>
  author_team: Fixed<string>
  /** The consent line the author saw when sending the form. */
  consent: Fixed<string | null>
  /** How often it was proposed. */
  weight: number
  /** The content's hash while it waits for review, else null; unique, so the same proposal adds weight to one row. */
  open_key: string | null
  lease_owner: string | null
  lease_until: Millis | null
  reviewer: string | null
  reviewer_team: string | null
  review_note: string | null
  created_at: Fixed<Millis>
  reviewed_at: Millis | null
}

export type ExportsTable = {
  id: Fixed<string>
  format: Fixed<string>
  created_by: Fixed<string>
  created_at: Fixed<Millis>
  rows: Fixed<number>
  sha256: Fixed<string>
}
export type ExportRowsTable = {
  export_id: Fixed<string>
  position: Fixed<number>
  correction_id: Fixed<string>
  sha256: Fixed<string>
}

export type JobsTable = {
  id: Fixed<string>
  base_url: Fixed<string>
  base_model: Fixed<string>
  suffix: Fixed<string | null>
  /** sha256 of the training file: an identical job is not started twice. */
  data_sha256: Fixed<string>
  training_rows: Fixed<number>
  status: string
  model: string | null
  fault: string | null
  created_at: Fixed<Millis>
  finished_at: Millis | null
}

/** Which model a role is played by now, e.g. `assistant`. */
export type AliasesTable = {
  alias: Fixed<string>
  model: string
  previous_model: string | null
  moved_by: string
  reason: string
  moved_at: Millis
}

export type EvaluationsTable = {
  id: Fixed<string>
  data_sha256: Fixed<string>
  created_at: Fixed<Millis>
  /** JSON: the whole report. */
  report: Fixed<string>
}

/** Keyv's rows: state that may expire. */
export type ExpiringTable = {
  key: Fixed<string>
  value: string
  expires_at: Millis | null
}

export type Tables = {
  questions: QuestionsTable
  answers: AnswersTable
  findings: FindingsTable
  commands: CommandsTable
  command_steps: CommandStepsTable
  devices: DevicesTable
  vote_marks: VoteMarksTable
  corrections: CorrectionsTable
  exports: ExportsTable
  export_rows: ExportRowsTable
  jobs: JobsTable
  aliases: AliasesTable
  evaluations: EvaluationsTable
  expiring: ExpiringTable
}
