import { WebClient } from '@slack/web-api'
import { type CheckResult, fail, ok, warn } from '../../lib/health-check.ts'
import type { Logger } from '../../lib/logger.ts'
import type { SlackConfig } from '../connection/connection.ts'
import { slackLogger, TIMEOUT_MS } from '../platform/clients.ts'
import { slackReason } from '../platform/platform-errors.ts'

const WHAT = 'Slack'

/** A channel the bot posts to by itself, and the setting that names it. */
export type NamedChannel = { variable: string; channel: string }

type TokenCheck = { scopes: readonly string[]; channels: readonly NamedChannel[]; logger: Logger; signal: AbortSignal }

/**
 * Checks that Slack accepts our tokens, that their scopes match the manifest, and that the bot is in the channels it
 * posts to. Posts nothing.
 */
export async function checkSlack(
  { access, apiUrl, transport }: SlackConfig,
  { scopes, channels, logger, signal }: TokenCheck,
): Promise<readonly CheckResult[]> {
  const client = (token: string) =>
    new WebClient(token, {
      ...(apiUrl ? { slackApiUrl: apiUrl } : {}),
      timeout: TIMEOUT_MS,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logger: slackLogger(logger),
    })
  const findings = await Promise.all([
    access.kind === 'token'
      ? checkBot(client(access.botToken), { scopes, channels })
      : [ok(WHAT, 'serves every workspace that installs the app; whether each still has it shows in the log')],
    transport.kind === 'socket'
      ? checkAppToken(client(transport.appToken))
      : checkHttp(transport.signingSecret, transport.port, signal),
  ])
  return findings.flat()
}

async function checkBot(client: WebClient, { scopes, channels }: Pick<TokenCheck, 'scopes' | 'channels'>) {
  const findings = await checkBotToken(client, scopes)
  // A rejected token can't read channels either, and that's already reported.
  if (findings.some(({ what, verdict }) => what === WHAT && verdict === 'fault')) return findings
  return [...findings, ...(await Promise.all(channels.map((one) => checkChannel(client, one))))]
}

/** Only members can post. Reading the channel proves membership, as the manifest has no scope for listing members. */
async function checkChannel(client: WebClient, { variable, channel }: NamedChannel): Promise<CheckResult> {
  try {
    await client.conversations.history({ channel, limit: 1 })
    return ok(variable, `the bot is in ${channel}`)
  } catch (error) {
    const reason = slackReason(error)
    const invite = 'Open the channel in Slack and write /invite @ followed by the bot’s name.'
    if (reason === 'not_in_channel')
      return fail(variable, `the bot is not in ${channel}, so it cannot post there`, invite)
    if (reason === 'channel_not_found')
      return fail(
        variable,
        `Slack shows the bot no channel ${channel}: it is private and the bot is not in it, or the id is wrong`,
        `${invite} Or copy the id from the channel’s details anew.`,
      )
    const why = reason ?? (error instanceof Error ? error.message : String(error))
    return warn(variable, `whether the bot is in ${channel} cannot be told: ${why}`, invite)
  }
}

async function checkBotToken(client: WebClient, scopes: readonly string[]): Promise<CheckResult[]> {
  try {
    const { team, user, response_metadata: metadata } = await client.auth.test()
    const findings = [ok(WHAT, `the bot token is ${user ?? 'a bot'}’s in ${team ?? 'a workspace'}`)]
    const granted = metadata?.scopes
    if (!granted) {
      const todo = 'Compare "OAuth & Permissions" of your Slack app with manifest/socket.json.'
      return [...findings, warn('scopes', 'Slack does not say which the token has', todo)]
    }
    const missing = scopes.filter((scope) => !granted.includes(scope))
    const todo = 'Add them under "OAuth & Permissions" of your Slack app, and install it to the workspace anew.'
    return [
      ...findings,
      missing.length === 0
        ? ok('scopes', `all ${scopes.length} of the manifest`)
        : fail('scopes', `the token lacks ${missing.join(', ')}`, todo),
    ]
  } catch (error) {
    return [refusal(error, 'SLACK_BOT_TOKEN', 'Copy the "Bot User OAuth Token" from "OAuth & Permissions" anew.')]
  }
}

/** Requests a Socket Mode URL, as the bot does, without using it. */
async function checkAppToken(client: WebClient): Promise<CheckResult[]> {
  try {
    await client.apps.connections.open()
    return [ok('Socket Mode', 'the app-level token may connect')]
  } catch (error) {
    return [
      refusal(
        error,
        'SLACK_APP_TOKEN',
        'Make an app-level token with the scope connections:write under "Basic Information", and switch Socket Mode on.',
      ),
    ]
  }
}

function refusal(error: unknown, variable: string, todo: string): CheckResult {
  const reason = slackReason(error)
  if (reason) return fail(WHAT, `refuses ${variable}: ${reason}`, todo)
  const message = error instanceof Error ? error.message : String(error)
  return fail(WHAT, `could not be asked: ${message}`, 'Check the network, and SLACK_API_URL if it is set.')
}

const SIGNING_SECRET = /^[0-9a-f]{32}$/i

/** Only Slack's own requests prove the secret; its form and the port can be checked. */
async function checkHttp(signingSecret: string, port: number, signal: AbortSignal): Promise<CheckResult[]> {
  const secret = SIGNING_SECRET.test(signingSecret)
    ? ok('signing secret', 'looks like one; whether it is yours shows with Slack’s first request')
    : warn('signing secret', 'does not look like one', 'Copy "Signing Secret" from "Basic Information": 32 hex digits.')
  return [secret, await checkPort(port, signal)]
}

async function checkPort(port: number, signal: AbortSignal): Promise<CheckResult> {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal }).catch(() => null)
  signal.throwIfAborted()
  if (!answer) return ok('port', `nothing listens on ${port} now; the bot will`)
  if (answer.ok) return ok('port', `the bot listens on ${port} and is ready`)
  const todo = `Open http://127.0.0.1:${port}/healthz to see what is missing, or set PORT if another program has it.`
  return warn('port', `who listens on ${port} is not ready (${answer.status})`, todo)
}
