import type { Logger } from '../../lib/logger.ts'
import { createPromiseCache } from '../../lib/promise-cache.ts'
import { StoreUnavailableError } from '../../store/errors.ts'
import { listKeys, openKv, openPermanentKv } from '../../store/expiring.ts'
import type { Store } from '../../store/open.ts'
import { createSealing, resealAll } from '../../store/sealing.ts'
import { createClients } from '../platform/clients.ts'
import type { Access, Workspace, WorkspaceRef } from '../platform/workspaces.ts'
import { createInstaller, INSTALL_PATH, type InstallerConfig, STATE_TTL_MS } from './install-pages.ts'
import { createInstallations, type StoredInstallation } from './installations.ts'

export type OAuthConfig = InstallerConfig & {
  /** The keys that encrypt tokens at rest: the first one encrypts, all of them decrypt. */
  keys: readonly Uint8Array[]
}

const NAMESPACE = 'installation'
const ORGANISATION = 'organisation'
/** Spares a database lookup per event; meanwhile calls for an uninstalled workspace fail by themselves. */
const KNOWN_FOR_MS = 60_000
/** How soon an installation made at another instance is noticed here. */
const UNKNOWN_FOR_MS = 5_000

/** Every workspace that installs the app, with its token. */
export function oauthAccess(
  config: OAuthConfig,
  deps: { store: Store; apiUrl: string | null; logger: Logger; now: () => number },
): Access {
  const { store, apiUrl, logger, now } = deps
  const sealing = createSealing(config.keys)
  const known = createPromiseCache<Workspace | null>({
    ttlMs: (workspace) => (workspace ? KNOWN_FOR_MS : UNKNOWN_FOR_MS),
    maxEntries: Number.POSITIVE_INFINITY,
    now,
  })
  const kept = openPermanentKv<unknown>(store, { namespace: NAMESPACE, sealing })
  const installations = createInstallations(kept, () => known.clear(), now)
  /** Maps a workspace to the organisation whose installation serves it; later work knows only the workspace. */
  const organisations = openPermanentKv<string>(store, { namespace: ORGANISATION })
  const states = openKv<unknown>(store, { namespace: 'oauth-state', ttlMs: STATE_TTL_MS })
  const { installer, pages } = createInstaller(config, { installations, states, apiUrl, logger })
  const speaking = new Map<string, Workspace>()

  async function installationFor({ team, organisation }: WorkspaceRef): Promise<StoredInstallation | null> {
    if (organisation) {
      const found = await installations.find(organisation)
      if (found) await organisations.set(team, organisation)
      return found
    }
    const own = await installations.find(team)
    if (own) return own
    const remembered = await organisations.get(team)
    return remembered ? installations.find(remembered) : null
  }

  async function tokenOf({ bot, isEnterpriseInstall = false, enterprise, team }: StoredInstallation): Promise<string> {
    if (!bot.refreshToken) return bot.token
    // Slack's library refreshes and stores expiring tokens.
    const query = { isEnterpriseInstall, enterpriseId: enterprise?.id, teamId: team?.id }
    const { botToken } = await installer.authorize(query as Parameters<typeof installer.authorize>[0])
    return botToken ?? bot.token
  }

  async function load(place: WorkspaceRef): Promise<Workspace | null> {
    const { team } = place
    const installation = await installationFor(place)
    if (!installation) {
      logger.warn({ team }, 'the app is not installed in this workspace; what comes from there is dropped')
      return null
    }
    const token = await tokenOf(installation)
    const before = speaking.get(team)
    const scope = installation.isEnterpriseInstall ? team : null
    const clients = before?.token === token ? before.clients : createClients(token, apiUrl, logger, scope)
    const workspace = { team, botUserId: installation.bot.userId, botId: installation.bot.id, token, clients }
    speaking.set(team, workspace)
    return workspace
  }

  return {
    pages,
    find: (place) =>
      known
        .get(place.team, () => load(place))
        .catch((error: unknown) => {
          const last = speaking.get(place.team)
          // Without it, nobody could be told that the database is away.
          if (last && error instanceof StoreUnavailableError) return last
          throw error
        }),
    async teams() {
      // For an org-wide installation we only know the workspaces that have contacted us.
      const ids = [...(await listKeys(store, NAMESPACE)), ...(await listKeys(store, ORGANISATION))]
      return [...new Set(ids)].filter((id) => id.startsWith('T'))
    },
    async open() {
      const { rows, resealed, unsealable } = await resealAll(store, NAMESPACE, sealing)
      const [fault] = unsealable
      // If no row can be decrypted, the key is wrong; a single bad row is that workspace's problem alone.
      if (fault && unsealable.length === rows) throw fault
      for (const error of unsealable)
        logger.error({ err: error, remedy: error.remedy }, 'an installation is unreadable')
      if (resealed > 0) logger.info({ resealed }, 'installations were sealed with the new key')
      logger.info({ installed: rows, path: INSTALL_PATH }, 'workspaces install the app on this page')
    },
    async leave({ team, organisation }, at) {
      const id = organisation ?? team
      const stored = await installations.find(id).catch(() => null)
      // Slack may deliver an old uninstall event after the app was installed again.
      if (stored && at && stored.installedAt > at.getTime() + CLOCKS_MAY_DIFFER_MS) return
      await installations.remove(id)
      speaking.delete(team)
      logger.info({ team, organisation }, 'the app was uninstalled; its token is deleted')
    },
  }
}

/** Between Slack's clock and ours. */
const CLOCKS_MAY_DIFFER_MS = 5_000
