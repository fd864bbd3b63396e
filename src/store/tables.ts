import type { ColumnType } from 'kysely'

/** Milliseconds since 1970 UTC: the same number in both databases. */
export type Millis = number

type Fixed<T> = ColumnType<T, T, never>

/** One question per Slack message; its row is the claim, unique by (team, channel, ts). */
export type QuestionsTable = {
  id: Fixed<string>
  team: Fixed<string>
  channel: Fixed<string>
  /**
   * The message's ts; for a slash command `trigger:` and its trigger id. What was edited since gives it up to the
   * edited question.
   */
  ts: string
  thread_ts: Fixed<string | null>
  user_id: Fixed<string>
  channel_type: Fixed<string>
  /** How it arrived: message, mention, command, shortcut. */
  source: Fixed<string>
  /** Empty once its person deleted or edited it. */
  text: string
  /** `withdrawn`: deleted or edited by its person. */
  state: 'claimed' | 'answered' | 'abandoned' | 'withdrawn'
  /** The instance that works on it, and until when nobody else may. */
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
  /** Empty once the question was deleted or edited. */
  question_text: string
  /** What the model wrote, unchanged; empty when it wrote nothing, or when the question was deleted or edited. */
  model_text: string
  source: Fixed<'model' | 'cache' | 'fallback_model' | 'catalog' | 'none'>
  model: Fixed<string | null>
  /** The canary trial it belongs to, and its arm. */
  canary_id: ColumnType<string | null, string | null | undefined, never>
  canary_arm: ColumnType<'live' | 'canary' | null, 'live' | 'canary' | null | undefined, never>
  /** How the model was asked; null when none answered. */
  strategy: ColumnType<
    'fine-tuned' | 'grounded' | 'base' | null,
    'fine-tuned' | 'grounded' | 'base' | null | undefined,
    never
  >
  catalog_version: Fixed<string>
  device: Fixed<string | null>
  /** Short device ids that stand for no single known device, as JSON; null where there are none. */
  open_devices: ColumnType<string | null, string | null | undefined, never>
  latency_ms: Fixed<number>
  created_at: Fixed<Millis>
}

/** What an answer says about each code. */
export type FindingsTable = {
  answer_id: Fixed<string>
  position: Fixed<number>
  code: Fixed<string | null>
  verdict: Fixed<'grounded' | 'contradicted' | 'unknown_code' | 'unanswered'>
  problem: Fixed<string | null>
  action: Fixed<string | null>
  command: Fixed<string | null>
  fallback: Fixed<string | null>
  /** The code as the person wrote it; null where the thread brought it. */
  typed: ColumnType<string | null, string | null | undefined, never>
  /** Which step of the statement was due; 0 is the recommended action. */
  step: ColumnType<number, number | undefined, never>
  /** The devices it's about, as a JSON list of ids. */
  devices: ColumnType<string, string | undefined, never>
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
  /** When the present state times out: an offer or an approval expires, an outcome becomes unknown. */
  deadline_at: Millis | null
  settled_at: Millis | null
  /** The device's own words with its latest result. */
  device_message: string | null
  /** Who checked the device on site after the command didn't help. */
  checked_by: string | null
  checked_by_team: string | null
  checked_at: Millis | null
  /** Whether the code stayed away afterwards; null while that's unknown. */
  outcome: 'cleared' | 'returned' | 'failed' | 'no_evidence' | null
  outcome_at: Millis | null
}

/** The audit: append-only, one row per step of a command and per other action on it. */
export type CommandStepsTable = {
  id: Fixed<string>
  command_id: Fixed<string>
  /** Only a `step` changed the command's state; a refusal and a check on site didn't. */
  kind: ColumnType<
    'step' | 'refused' | 'checked' | 'asked',
    'step' | 'refused' | 'checked' | 'asked' | undefined,
    never
  >
  at: Fixed<Millis>
  from_state: Fixed<string | null>
  to_state: Fixed<string>
  actor: Fixed<string | null>
  actor_team: Fixed<string | null>
  /** The event that caused it; null for an offer and for what changed no state. */
  event: Fixed<string | null>
  /** For people to read; no behaviour depends on it. */
  why: Fixed<string>
  device_message: Fixed<string | null>
}

export type DevicesTable = {
  id: Fixed<string>
  online: 0 | 1
  since: Millis
  firmware: string | null
  /** JSON array of the codes it has raised and not cleared. */
  codes: string
  last_seen_at: Millis
  /** Milliseconds its clock was ahead of ours at its last message; 0 if it wasn't. */
  clock_ahead_ms: ColumnType<number, number | undefined, number>
}

/** What devices raised and cleared, each event once for all instances. */
export type DeviceEventsTable = {
  device: Fixed<string>
  code: Fixed<string>
  state: Fixed<'raised' | 'cleared'>
  /** By the device's clock; identifies a redelivered message. */
  at: Fixed<Millis>
  /** By our clock. */
  heard_at: Fixed<Millis>
}

/** One message in the alert channel: a code on a device, from first raised until it stayed away. */
export type AlertsTable = {
  id: Fixed<string>
  device: Fixed<string>
  code: Fixed<string>
  /** Device and code while open, else null; unique, so there is one open alert for them. */
  dedup_key: string | null
  state: 'raised' | 'cleared' | 'closed'
  occurrences: number
  /** How often it returned after it was cleared. */
  reopens: number
  /** JSON: what the device measured when it last raised the code. */
  event_values: string | null
  raised_at: Fixed<Millis>
  last_raised_at: Millis
  cleared_at: Millis | null
  answer_id: string | null
  channel: string | null
  message_ts: string | null
  shown_at: Millis | null
  recovery_announced: 0 | 1
}

/** Work for people: a visit, a replacement. */
export type WorkOrdersTable = {
  id: Fixed<string>
  title: Fixed<string>
  code: Fixed<string>
  problem: Fixed<string>
  device: Fixed<string>
  /** A day such as `2026-11-24`, without a time zone: the day at the device's site. */
  due_on: Fixed<string>
  note: Fixed<string | null>
  assignee: Fixed<string>
  /** The assignee's workspace, where the order was made. */
  team: Fixed<string>
  state: string
  answer_id: Fixed<string | null>
  command_id: Fixed<string | null>
  /** Identifies the form; unique, so a form sent twice is one order. */
  source_key: Fixed<string>
  created_by: Fixed<string>
  created_by_team: Fixed<string>
  created_at: Fixed<Millis>
  closed_by: string | null
  closed_by_team: string | null
  closed_at: Millis | null
}

/** Work that must happen once, now or later, by any live instance; the row is deleted when it's done. */
export type OutboxTable = {
  /** `topic:key`, so the same job enqueued twice is one. */
  id: Fixed<string>
  topic: Fixed<string>
  key: Fixed<string>
  payload: string | null
  /** Grows each time it's enqueued again, so that an older run doesn't finish the newer request. */
  version: number
  run_at: Millis
  lease_until: Millis | null
  attempts: number
  /** What went wrong last time. */
  last_error: string | null
  created_at: Fixed<Millis>
}

/**
 * One row per origin of a vote: the button, or one reaction. The vote is the latest origin still set, so the order in
 * which events arrive doesn't matter.
 */
export type VoteEventsTable = {
  answer_id: Fixed<string>
  voter_team: Fixed<string>
  voter: Fixed<string>
  /** `button`, or `reaction:` and the emoji's name with its skin tone: each tone is set and removed separately. */
  origin: Fixed<string>
  value: 1 | -1
  is_set: 0 | 1
  /** Slack's event time such as `1764000000.000100`, which sorts as text. */
  event_ts: string
}

/** A log line classified for somebody, who alone saw the result and judges it. */
export type LogLinesTable = {
  id: Fixed<string>
  team: Fixed<string>
  asker: Fixed<string>
  line: Fixed<string>
  /** Null where the model named none. */
  category: Fixed<string | null>
  model: Fixed<string>
  created_at: Fixed<Millis>
  vote: 1 | -1 | null
  /** Slack's time of the vote, which sorts as text. */
  voted_ts: string | null
}

export type CorrectionsTable = {
  id: Fixed<string>
  answer_id: string | null
  source: Fixed<'person' | 'grounding' | 'command'>
  /**
   * Of an answer, or of a log line's category: then `question` is the line, `code` the category, and the rest empty.
   */
  kind: ColumnType<'answer' | 'log', 'answer' | 'log' | undefined, never>
  status: string
  /** Whether it asks for a new model or for a new catalog. */
  target: ColumnType<'model' | 'catalog', 'model' | 'catalog' | undefined, 'model' | 'catalog'>
  /** The fingerprint of the catalog this statement was found to agree with; null for none. */
  catalog_fingerprint: string | null
  question: string
  /** A hash of the question's words: the same question has the same hash. */
  question_hash: ColumnType<string, string | undefined, string>
  /** Empty, as are problem and action, where the question should be declined. */
  code: string
  problem: string
  action: string
  command: string | null
  fallback: string | null
  reason: string
  note: string | null
  /** The model's original answer. */
  original_text: string
  model: string | null
  catalog_version: string
  author: string
  author_team: string
  /** The consent line that the author saw, or the reviewer who took over an automatic proposal. */
  consent: string | null
  /** How often it was proposed. */
  weight: number
  /** 0 where no command changes, else the highest risk among the added and removed commands, from 1. */
  risk: ColumnType<number, number | undefined, number>
  /** The lowest is reviewed first; weight and risk lower it. */
  priority: ColumnType<number, number | undefined, number>
  /** The content's hash while it waits for review, else null; unique, so the same proposal adds weight to one row. */
  dedup_key: string | null
  lease_owner: string | null
  lease_until: Millis | null
  approvals_needed: ColumnType<1 | 2, 1 | 2 | undefined, 1 | 2>
  /** Who approved it while a second approval is pending. */
  first_approver: string | null
  first_approver_team: string | null
  first_approved_at: Millis | null
  /** Whether a reviewer's words replaced the author's. */
  is_edited: ColumnType<0 | 1, 0 | 1 | undefined, 0 | 1>
  reviewer: string | null
  reviewer_team: string | null
  review_note: string | null
  created_at: Fixed<Millis>
  reviewed_at: Millis | null
  withdrawn_at: Millis | null
  /** The later approved correction of the same question, which is taught instead. */
  superseded_by: string | null
}

/** Who proposed the same as a waiting correction, once per answer: they're notified like its author. */
export type CorrectionSupportersTable = {
  correction_id: Fixed<string>
  supporter: Fixed<string>
  supporter_team: Fixed<string>
  /** Empty where it wasn't about one answer. */
  answer_id: Fixed<string>
  at: Fixed<Millis>
  /** The supporter's own, so that the correction can go on in their name if the author withdraws. */
  note: ColumnType<string | null, string | null | undefined, never>
  consent: ColumnType<string | null, string | null | undefined, never>
  original_text: ColumnType<string, string | undefined, never>
  model: ColumnType<string | null, string | null | undefined, never>
  catalog_version: ColumnType<string, string | undefined, never>
  /** The correction, closed as a duplicate, that has their own words; null where these are theirs. */
  merged_from: ColumnType<string | null, string | null | undefined, never>
}

/** The history of a correction, append-only. */
export type CorrectionStepsTable = {
  correction_id: Fixed<string>
  /** From 1, in order. */
  position: Fixed<number>
  at: Fixed<Millis>
  step: Fixed<string>
  actor: Fixed<string>
  actor_team: Fixed<string>
  note: Fixed<string | null>
  /** JSON: what it said before a reviewer's edit; gone with a deleted question's words. */
  content_before: string | null
}

/** Which fine-tuning job learnt from which correction, and when its people were told that the model is live. */
export type JobCorrectionsTable = {
  job_id: Fixed<string>
  correction_id: Fixed<string>
  notified_at: Millis | null
}

export type ExportsTable = {
  id: Fixed<string>
  kind: ColumnType<'answer' | 'log', 'answer' | 'log' | undefined, never>
  format: Fixed<string>
  created_by: Fixed<string>
  created_at: Fixed<Millis>
  rows: Fixed<number>
  sha256: Fixed<string>
  /** JSON: the filters, and everything else its bytes depend on. */
  settings: ColumnType<string, string | undefined, never>
}

/** One line of an export: a correction, or an answer that was judged. */
export type ExportRowsTable = {
  export_id: Fixed<string>
  position: Fixed<number>
  correction_id: Fixed<string | null>
  /** Whose name the correction bore then; null if unknown. */
  author: ColumnType<string | null, string | null | undefined, never>
  answer_id: Fixed<string | null>
  /** Whether the answer was judged right. */
  label: Fixed<0 | 1 | null>
}

export type JobsTable = {
  id: Fixed<string>
  base_url: Fixed<string>
  base_model: Fixed<string>
  suffix: Fixed<string | null>
  /** sha256 of the training file: the same job isn't started twice. */
  data_sha256: Fixed<string>
  training_rows: Fixed<number>
  /** Who trains: a server with OpenAI's API, or somebody with our bundle. */
  driver: ColumnType<'openai' | 'local', 'openai' | 'local' | undefined, never>
  /** JSON: method, seed and hyperparameters; empty where they weren't recorded. */
  recipe: ColumnType<string, string | undefined, never>
  /** Where the files were, so that the same data can train elsewhere. */
  train_file: ColumnType<string | null, string | null | undefined, never>
  validation_file: ColumnType<string | null, string | null | undefined, never>
  manifest_file: ColumnType<string | null, string | null | undefined, never>
  manifest_sha256: ColumnType<string | null, string | null | undefined, never>
  status: string
  model: string | null
  fault: string | null
  created_at: Fixed<Millis>
  finished_at: Millis | null
}

/** The model behind each alias, e.g. `assistant`. */
export type AliasesTable = {
  alias: Fixed<string>
  model: string
  previous_model: string | null
  changed_by: string
  reason: string
  changed_at: Millis
}

/** The history of an alias, append-only. */
export type ModelHistoryTable = {
  id: Fixed<string>
  alias: Fixed<string>
  kind: Fixed<'promoted' | 'rolled_back' | 'canary_started' | 'canary_ended' | 'canary_fell_back'>
  /** The model that is live from then on, or that is or was the canary. */
  model: Fixed<string>
  /** The model that was live before, or that is live beside it. */
  previous_model: Fixed<string | null>
  changed_by: Fixed<string>
  changed_at: Fixed<Millis>
  evaluation_id: Fixed<string | null>
  /** Whether the gate was overridden. */
  is_override: Fixed<0 | 1>
  reason: Fixed<string>
}

/** A model that answers a share of the threads, compared with the live one. */
export type CanariesTable = {
  id: Fixed<string>
  alias: Fixed<string>
  model: Fixed<string>
  live_model: Fixed<string>
  /** Percent of threads. */
  share: Fixed<number>
  started_by: Fixed<string>
  started_at: Fixed<Millis>
  ends_at: Fixed<Millis | null>
  /** The alias while it runs: only one runs at a time. */
  running_alias: string | null
  outcome: 'promoted' | 'fell_back' | 'stopped' | 'time_up' | 'overtaken' | null
  ended_at: Millis | null
  /** JSON: both arms' counts when it ended. */
  figures: string | null
}

/** One interim analysis of a canary: both arms' counts, and the threshold. */
export type CanaryAnalysesTable = {
  canary_id: Fixed<string>
  measure: Fixed<'wrong' | 'forbidden' | 'voted down'>
  /** From 1; each analyses twice as many answers as the one before. */
  number: Fixed<number>
  analysed_at: Fixed<Millis>
  canary_count: Fixed<number>
  canary_total: Fixed<number>
  live_count: Fixed<number>
  live_total: Fixed<number>
  /** The significance level required. */
  level: Fixed<number>
  /** The p-value found. */
  p: Fixed<number>
}

export type EvaluationsTable = {
  id: Fixed<string>
  data_sha256: Fixed<string>
  created_at: Fixed<Millis>
  /** JSON: the whole report. */
  report: Fixed<string>
}

/** The answers of an evaluation in progress; deleted when its report is stored. */
export type EvaluationAnswersTable = {
  /** Identifies data, models and server: an evaluation started again has the same. */
  run_key: Fixed<string>
  /** The model and strategy asked. */
  arm: Fixed<string>
  row_number: Fixed<number>
  output: Fixed<string>
  failure: Fixed<string | null>
  latency_ms: Fixed<number>
  prompt_tokens: Fixed<number | null>
  completion_tokens: Fixed<number | null>
  recorded_at: Fixed<Millis>
}

/** What a training file asked, whatever the answers: how an evaluation detects rows that a model has seen. */
export type TrainingFingerprintsTable = {
  data_sha256: Fixed<string>
  /** JSON: prefixes of the questions' hashes. */
  questions: Fixed<string>
  /** JSON: the file its models are measured on; null where the data set names none. */
  benchmark: string | null
}

/** Keyv's rows: state that may expire. */
export type KvTable = {
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
  device_events: DeviceEventsTable
  alerts: AlertsTable
  work_orders: WorkOrdersTable
  outbox: OutboxTable
  vote_events: VoteEventsTable
  log_lines: LogLinesTable
  corrections: CorrectionsTable
  correction_supporters: CorrectionSupportersTable
  correction_steps: CorrectionStepsTable
  job_corrections: JobCorrectionsTable
  exports: ExportsTable
  export_rows: ExportRowsTable
  jobs: JobsTable
  aliases: AliasesTable
  model_history: ModelHistoryTable
  canaries: CanariesTable
  canary_analyses: CanaryAnalysesTable
  evaluations: EvaluationsTable
  evaluation_answers: EvaluationAnswersTable
  training_fingerprints: TrainingFingerprintsTable
  kv: KvTable
}
