import type { KnownBlock } from '@slack/types'
import type { AnswerFigures } from '../../diagnosis/questions/overview-records.ts'
import type { CodeVotes } from '../../feedback/review/overview-records.ts'
import { header, section } from '../blocks/elements.ts'
import type { ModelsShown } from '../blocks/models.ts'
import { modelBlocks } from '../blocks/models.ts'
import { listOf } from '../blocks/words.ts'
import { cut, escapeCode, escapeMrkdwn, plain } from '../platform/escaping.ts'
import { WORDS } from './words.ts'

/** The state of what the app depends on. */
export type Health = {
  gateway: 'connected' | 'connecting' | 'offline' | 'closed'
  /** False once Slack reported that this workspace has no streaming. */
  streams: boolean
  database: 'SQLite' | 'PostgreSQL'
  /** Whether anybody has each role. */
  roles: { operators: boolean; reviewers: boolean; admins: boolean }
}

export type AdminShown = {
  models: ModelsShown
  /** Over the last 24 hours. */
  figures: AnswerFigures
  /** Over the last 30 days, and the 30 days before. */
  votes: { now: readonly CodeVotes[]; before: readonly CodeVotes[] }
  health: Health
  /** What the company's own system hasn't accepted yet; null without one. */
  deliveries: { waiting: number; fault: string | null } | null
}

/** The codes with the most votes; nobody reads a list of hundreds. */
const MAX_CODES = 10
const BAR_CELLS = 10

/** For administrators: models, speed, votes and health. */
export function adminBlocks(
  { models, figures, votes, health, deliveries }: AdminShown,
  catalogVersion: string,
): KnownBlock[] {
  return [
    { type: 'divider' },
    header('Live models'),
    ...modelBlocks(models),
    header('Answers, last 24 hours'),
    section(figuresText(figures)),
    header('Votes, last 30 days'),
    ...votesBlocks(votes),
    header('Settings'),
    section(healthText(health, deliveries, catalogVersion)),
  ]
}

function figuresText({ answers, bySource, p50, p95 }: AnswerFigures): string {
  if (answers === 0) return WORDS.noAnswersYet
  const share = (count = 0) => percent(count / answers)
  const { cache = 0, fallback_model: fallback = 0, catalog = 0, none = 0 } = bySource
  return [
    `*${integer(answers)}* answers · half within *${seconds(p50 ?? 0)}*, 95 % within *${seconds(p95 ?? 0)}*`,
    `From the cache: *${share(cache)}*`,
    `Without the active model: *${share(fallback + catalog + none)}* (the model behind it ${share(fallback)}, the catalog alone ${share(catalog)}, no answer ${share(none)})`,
  ].join('\n')
}

function votesBlocks({ now, before }: AdminShown['votes']): KnownBlock[] {
  const judged = now.filter(({ up, down }) => up + down > 0).sort((a, b) => b.up + b.down - a.up - a.down)
  if (judged.length === 0) return [section(WORDS.noVotesYet)]
  const shown = judged.slice(0, MAX_CODES)
  const earlier = new Map(before.map((votes) => [votes.code, shareRight(votes)]))
  const lines = shown.map((votes) => voteLine(votes, earlier.get(votes.code) ?? null))
  const rest = judged.length - shown.length
  if (rest > 0) lines.push(`and ${integer(rest)} more codes`)
  // Text first: screen reader users can skip the bars, which say the same.
  return [section(lines.join('\n')), section(`${WORDS.sameAsBars}\n\`\`\`${shown.map(bar).join('\n')}\`\`\``)]
}

function voteLine(votes: CodeVotes, before: number | null): string {
  const { code, up, down } = votes
  const right = shareRight(votes) ?? 0
  const change =
    before === null ? '' : percent(before) === percent(right) ? ', as before' : `, before that ${percent(before)}`
  return `*${escapeMrkdwn(cut(code, 20))}*: ${integer(up)} right, ${integer(down)} wrong (${percent(right)} right${change})`
}

function shareRight({ up, down }: CodeVotes): number | null {
  return up + down === 0 ? null : up / (up + down)
}

function bar(votes: CodeVotes): string {
  const filled = Math.round((shareRight(votes) ?? 0) * BAR_CELLS)
  const cells = '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled)
  return `${escapeCode(cut(plain(votes.code), 20)).padEnd(6)} ${cells} ${votes.up}/${votes.up + votes.down}`
}

const GATEWAY: Record<Health['gateway'], string> = {
  connected: 'connected',
  connecting: 'not connected yet: commands are not sent',
  offline: 'not connected: commands are not sent',
  closed: 'closed',
}

function healthText(
  { gateway, streams, database, roles }: Health,
  deliveries: AdminShown['deliveries'],
  catalogVersion: string,
): string {
  const missing = Object.entries(roles).flatMap(([role, isSet]) => (isSet ? [] : [role.toUpperCase()]))
  return [
    line(gateway === 'connected', `Device gateway: ${GATEWAY[gateway]}`),
    line(
      streams,
      `Slack streaming: ${streams ? 'used for long answers' : 'not offered here, long answers are updated instead'}`,
    ),
    line(missing.length === 0, `Roles: ${missing.length === 0 ? 'all set' : `nobody is named in ${listOf(missing)}`}`),
    ...(deliveries ? [deliveryLine(deliveries)] : []),
    line(true, `Database: ${database}`),
    line(true, `Catalog: version ${escapeMrkdwn(cut(catalogVersion, 100))}`),
  ].join('\n')
}

function deliveryLine({ waiting, fault }: NonNullable<AdminShown['deliveries']>): string {
  const why = fault ? `: ${escapeMrkdwn(cut(fault, 200))}` : ''
  return line(
    fault === null,
    `Work-order system: ${waiting === 0 ? 'has taken everything' : `${waiting} waiting${why}`}`,
  )
}

function line(isWell: boolean, words: string): string {
  return `${isWell ? '✅' : '⚠️'} ${words}`
}

const numbers = new Intl.NumberFormat('en')
const integer = (value: number) => numbers.format(value)
const percent = (share: number) => `${Math.round(100 * share)} %`
const seconds = (millis: number) => (millis < 100 ? `${Math.round(millis)} ms` : `${(millis / 1_000).toFixed(1)} s`)
