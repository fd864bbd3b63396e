import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import catalog from '../catalog/data/hydrocore-5000.json' with { type: 'json' }
import { type Broker, startBroker } from './broker/broker.ts'
import { type DevicePanel, startDevices } from './devices/devices.ts'
import { type ModelServer, startModelServer } from './model-server/start.ts'
import { pageAssets } from './page/assets.ts'
import type { Workspace, WorkspaceOptions } from './workspace/options.ts'
import { startWorkspace } from './workspace/start.ts'
import { CHANNELS, PEOPLE, USERGROUPS } from './workspace/state/seed.ts'

export type SandboxOptions = {
  /** Keeps what was said, learnt and raised across restarts; null keeps nothing. */
  folder: string | null
  /** Begin anew: what the folder holds is removed first. */
  fresh?: boolean
  /** Where the page is wanted; any free port when it is taken. */
  port?: number
  /** What the app's manifest declares. */
  commands: WorkspaceOptions['commands']
  shortcuts: WorkspaceOptions['shortcuts']
  /** For tests: Slack's times shortened, or its limits on calls a minute left out. */
  timing?: NonNullable<WorkspaceOptions['timing']>
  rateLimits?: boolean
  /** For tests: where what was learnt before is kept. */
  modelsFolder?: string
  log?: (line: string) => void
}

export type Sandbox = AsyncDisposable & {
  workspace: Workspace
  modelServer: ModelServer
  broker: Broker
  devices: DevicePanel
  /** The settings with which the real app finds all of this. */
  environment: Readonly<Record<string, string>>
  /** What a person should know, such as a port that was taken. */
  notes: readonly string[]
}

export const BASE_MODEL = 'generalist-small'

/** Starts every stand-in on this machine's loopback address. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { folder, log, modelsFolder = folder && join(folder, 'models') } = options
  if (folder) {
    if (options.fresh) await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
  }
  await using opened = new AsyncDisposableStack()
  const logging = log ? { log } : {}
  const [broker, modelServer] = await Promise.all([
    startBroker({}),
    startModelServer({
      baseModels: [BASE_MODEL],
      ...(modelsFolder ? { folder: modelsFolder } : {}),
      ...logging,
    }),
  ])
  opened.use(broker)
  opened.use(modelServer)
  const devices = opened.use(
    await startDevices({ brokerUrl: broker.url, ...(folder ? { stateFile: join(folder, 'devices.json') } : {}) }),
  )
  const workspace: Workspace = opened.use(
    await startWorkspace({
      port: options.port ?? 0,
      ...(folder ? { stateFile: join(folder, 'workspace.json') } : {}),
      pages: pageAssets(),
      devices,
      codes: catalog.codes.map(({ code, problem }) => ({ code, problem })),
      commands: options.commands,
      shortcuts: options.shortcuts,
      ...(options.timing ? { timing: options.timing } : {}),
      ...(options.rateLimits === undefined ? {} : { rateLimits: options.rateLimits }),
      about: () => [
        { label: 'Page and Slack stand-in', value: workspace.url },
        { label: 'Model server', value: modelServer.url },
        { label: 'Model asked last', value: modelServer.calls.findLast(isAsked)?.model ?? 'none yet' },
        { label: 'Broker', value: broker.url },
      ],
      ...logging,
    }),
  )
  const held = opened.move()
  return {
    workspace,
    modelServer,
    broker,
    devices,
    environment: {
      SLACK_BOT_TOKEN: workspace.botToken,
      SLACK_APP_TOKEN: workspace.appToken,
      SLACK_API_URL: workspace.apiUrl,
      OPENAI_BASE_URL: modelServer.url,
      OPENAI_API_KEY: modelServer.apiKey,
      ASSISTANT_MODEL: BASE_MODEL,
      BASE_MODEL,
      JUDGE_MODEL: BASE_MODEL,
      MQTT_URL: broker.url,
      OPERATORS: [PEOPLE.technician, ...USERGROUPS.map(({ id }) => id)].join(','),
      REVIEWERS: PEOPLE.reviewer,
      ADMINS: PEOPLE.admin,
      ALERT_CHANNEL: CHANNELS.deviceAlerts,
      // Nothing here costs anything, and whoever tries it out asks a lot.
      QUESTIONS_PER_PERSON: '100000',
      // A person watches this terminal: only what goes wrong is told.
      LOG_LEVEL: 'warn',
    },
    notes: workspace.portTaken ? [`Port ${options.port} is taken, so the page is at ${workspace.url} this time.`] : [],
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

function isAsked({ path, model }: { path: string; model: string | null }): boolean {
  return path === '/chat/completions' && model !== null
}
