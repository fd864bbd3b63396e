import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from 'commander'
import { createApp, openRecords } from '../app.ts'
import type { DeviceGateway } from '../commands/devices/gateway.ts'
import { type Config, readConfig } from '../config/config.ts'
import { readLiveModels } from '../diagnosis/model/live-models.ts'
import { listOrphans } from '../diagnosis/questions/question-records.ts'
import { AppError, UsageError } from '../lib/errors.ts'
import { FileUnreadableError } from '../lib/lines.ts'
import type { Logger } from '../lib/logger.ts'
import { type RecordedEvent, readRecordedEvent } from '../slack/tools/recorded-event.ts'
import { openRecordingSlack, type SlackCall } from '../slack/tools/recording-slack.ts'
import type { Store } from '../store/open.ts'
import sample from './data/recorded-event.json' with { type: 'json' }
import { printable } from './printing.ts'
import { loggerFor, readSettings, type Terminal } from './program.ts'

/** The response to a click or command starts within this time; after that, only work in progress is awaited. */
const FIRST_CALL_WITHIN_MS = 2_000
const MAX_MS = 60_000
const LOOK_EVERY_MS = 25

class NotTakenError extends AppError {
  constructor(status: number) {
    super({
      code: 'not_taken',
      message: `the app answered ${status}`,
      remedy: `The app did not take the event (${status}). Run it again with LOG_LEVEL=debug to read why.`,
    })
  }
}

/** `replay`: what the app would do with a recorded event of Slack's. */
export function addReplay(program: Command, terminal: Terminal): void {
  program
    .command('replay')
    .description(
      'one recorded Slack event through the real app: prints what would be posted or sent to a device, and does neither. It begins with empty records, so a click on an older message finds nothing',
    )
    .argument('[file]', 'the JSON that Slack sent, over HTTP or Socket Mode')
    .option('--sample', 'prints a file to begin with')
    .option('--json', 'each call as one line of JSON')
    .action(async (file: string | undefined, options: { sample?: boolean; json?: boolean }) => {
      if (options.sample) return terminal.out(JSON.stringify(sample, null, 2))
      if (!file) throw new UsageError('Name the file to replay; "hydrocore replay --sample" prints one to begin with.')
      const text = await readFile(file, 'utf8').catch((cause: Error) => {
        throw new FileUnreadableError(file, cause.message, { cause })
      })
      const { settings, own } = await readSettings(terminal)
      const config = readConfig(settings, { slack: false, model: true })
      const tell = (call: SlackCall) => terminal.out(options.json ? JSON.stringify(call) : linesOf(call))
      const calls = await replay(text, config, { logger: loggerFor(own), tell, signal: terminal.signal })
      if (calls === 0) terminal.err('The app did nothing: such an event is not for it.')
    })
}

/** Replays an event and waits until the app is done. Returns the number of calls it made. */
async function replay(
  text: string,
  config: Config,
  { logger, tell, signal }: { logger: Logger; tell: (call: SlackCall) => void; signal: AbortSignal },
): Promise<number> {
  let calls = 0
  const called = Promise.withResolvers<void>()
  const onCall = (call: SlackCall) => {
    calls += 1
    tell(call)
    called.resolve()
  }
  const secret = randomBytes(16).toString('hex')
  await using opened = new AsyncDisposableStack()
  let event: RecordedEvent | null = null
  const slack = opened.use(
    await openRecordingSlack(() => ({ team: event?.team ?? '', botUserId: event?.botUserId ?? 'U0REPLAYBOT' }), onCall),
  )
  event = readRecordedEvent(text, slack.responseUrl)
  const app = await createApp(
    {
      ...(await withLiveModels(config, logger)),
      slack: {
        access: { kind: 'token', botToken: 'xoxb-replay' },
        apiUrl: slack.apiUrl,
        transport: { kind: 'http', signingSecret: secret, port: 0 },
      },
      store: { kind: 'sqlite', path: ':memory:' },
      alerts: null,
      workOrders: { webhook: null },
    },
    // Nobody reads along, so the answer is one message, however busy this machine is.
    { logger, gateway: recordingGateway(onCall), timeouts: { stopMs: MAX_MS, holdMs: MAX_MS } },
  )
  try {
    await app.start(signal)
    const { body, headers } = event.request(secret, new Date())
    const answer = await fetch(`http://127.0.0.1:${app.port()}/slack/events`, { method: 'POST', body, headers, signal })
    if (!answer.ok) throw new NotTakenError(answer.status)
    const said = await answer.text()
    if (said) onCall({ method: 'acknowledged', args: readAck(said) })
    const late = AbortSignal.any([signal, AbortSignal.timeout(MAX_MS)])
    // A question is stored before the ack, and stays open until it's answered.
    if (!['message', 'app_mention'].includes(event.kind))
      await Promise.race([called.promise, wait(FIRST_CALL_WITHIN_MS, undefined, { signal })])
    while (await isAnyOpen(app.core.store)) await wait(LOOK_EVERY_MS, undefined, { signal: late })
  } finally {
    // Waits for work in progress.
    await app[Symbol.asyncDispose]()
  }
  return calls
}

/** Whether any question is still open, whatever its lease. */
async function isAnyOpen(store: Store): Promise<boolean> {
  const open = await listOrphans(store, Number.MAX_SAFE_INTEGER, 1)
  return open.length > 0
}

/** A rejected form has its faults in the ack. */
function readAck(body: string): SlackCall['args'] {
  try {
    const said: unknown = JSON.parse(body)
    return typeof said === 'object' && said !== null ? { ...said } : { text: body }
  } catch {
    return { text: body }
  }
}

/** The live models; nothing else is read from the database, and nothing is written to it. */
async function withLiveModels(config: Config, logger: Logger): Promise<Config> {
  await using records = await openRecords(config, { logger })
  const { assistant, classifier } = config.model
  const live = await readLiveModels(records.store, { assistant, classifier })
  const named = Object.fromEntries(live.map(({ alias, model }) => [alias, model]))
  return { ...config, model: { ...config.model, ...named } }
}

/** All devices are offline, but the gateway accepts commands. */
function recordingGateway(onCall: (call: SlackCall) => void): DeviceGateway {
  return {
    async send(command) {
      onCall({ method: 'device', args: { ...command } })
    },
    subscribe: () => () => undefined,
    state: () => 'connected',
    onState: () => () => undefined,
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** The target, the text and the buttons of a call. */
function linesOf({ method, args }: SlackCall): string {
  const at = ['channel', 'channel_id', 'user', 'user_id', 'thread_ts', 'ts', 'device', 'command']
    .filter((name) => args[name] !== undefined)
    .map((name) => `${name} ${printable(args[name])}`)
  const words = args.text ?? args.markdown_text ?? args.status
  const buttons = labelsIn(args.blocks ?? args.view)
  return [
    `${method}  ${at.join(', ')}`,
    ...(words ? [`    ${printable(words)}`] : []),
    ...(buttons.length > 0 ? [`    ${buttons.map((label) => `[${printable(label)}]`).join(' ')}`] : []),
  ].join('\n')
}

/** All button labels in blocks or a view, at any depth. */
function labelsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const { type, text } = value as { type?: unknown; text?: unknown }
  const label =
    type === 'button' && typeof text === 'object' && text !== null && 'text' in text ? [String(text.text)] : []
  return [...label, ...Object.values(value).flatMap(labelsIn)]
}
