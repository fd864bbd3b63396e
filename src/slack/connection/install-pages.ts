import { randomBytes } from 'node:crypto'
import type { StateStore } from '@slack/bolt'
import { InstallProvider, InvalidStateError } from '@slack/oauth'
import { html } from 'hono/html'
import type { Keyv } from 'keyv'
import { z } from 'zod'
import manifest from '../../../manifest/http.json' with { type: 'json' }
import type { Logger } from '../../lib/logger.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import { slackLogger, TIMEOUT_MS } from '../platform/clients.ts'
import type { Route } from '../platform/workspaces.ts'
import type { Installations } from './installations.ts'
import { WORDS } from './words.ts'

export const INSTALL_PATH = '/slack/install'
const REDIRECT_PATH = '/slack/oauth_redirect'

/** How long a person may take on Slack's page before pressing Allow. */
export const STATE_TTL_MS = 10 * 60_000

export type InstallerConfig = { clientId: string; clientSecret: string; redirectUri: string | null }

/** Slack's OAuth flow: our page, Slack's page, and back to us with a code that is exchanged for a token. */
export function createInstaller(
  { clientId, clientSecret, redirectUri }: InstallerConfig,
  deps: { installations: Installations; states: Keyv<unknown>; apiUrl: string | null; logger: Logger },
): { installer: InstallProvider; pages: Route[] } {
  const { installations, states, apiUrl, logger } = deps
  const slack = new URL(apiUrl ?? 'https://slack.com').origin
  const wanted = { scopes: manifest.oauth_config.scopes.bot, ...(redirectUri ? { redirectUri } : {}) }
  const installer = new InstallProvider({
    clientId,
    clientSecret,
    installationStore: installations,
    stateStore: createStates(states),
    stateCookieExpirationSeconds: STATE_TTL_MS / 1_000,
    authorizationUrl: `${slack}/oauth/v2/authorize`,
    renderHtmlForInstallPath: (url) => document(WORDS.installTitle, WORDS.installBody, url, WORDS.installButton),
    clientOptions: { ...(apiUrl ? { slackApiUrl: apiUrl } : {}), timeout: TIMEOUT_MS, retryConfig: { retries: 1 } },
    logger: slackLogger(logger),
  })
  const pages: Route[] = [
    {
      path: INSTALL_PATH,
      async handler(request, response) {
        harden(response)
        await installer.handleInstallPath(request, response, {}, wanted)
      },
    },
    {
      path: REDIRECT_PATH,
      async handler(request, response) {
        harden(response)
        await installer.handleCallback(request, response, {
          success({ team, enterprise, appId }) {
            logger.info({ team: team?.id, organisation: enterprise?.id }, 'the app was installed')
            const app = `${slack}/app_redirect?${new URLSearchParams({ app: appId ?? '', team: team?.id ?? '' })}`
            response.writeHead(200, HTML).end(document(WORDS.installedTitle, WORDS.installedBody, app, WORDS.openSlack))
          },
          failure({ code }) {
            const isOurs = code in FAILURES
            response
              .writeHead(isOurs ? 400 : 500, HTML)
              .end(
                document(
                  WORDS.notInstalledTitle,
                  FAILURES[code] ?? SHARED_WORDS.failed,
                  INSTALL_PATH,
                  SHARED_WORDS.tryAgain,
                ),
              )
          },
        })
      },
    },
  ]
  return { installer, pages }
}

/** The error codes are those of Slack's OAuth library. */
const FAILURES: Readonly<Record<string, string>> = {
  slack_oauth_installer_authorization_error: WORDS.installCancelled,
  slack_oauth_missing_state: WORDS.installStale,
  slack_oauth_invalid_state: WORDS.installStale,
  slack_oauth_missing_code: WORDS.installStale,
}

const InstallOptions = z.object({ scopes: z.array(z.string()), redirectUri: z.string().optional() })

/**
 * The OAuth `state` that ties Slack's redirect to the browser that asked. It's shared by all instances and valid once.
 */
export function createStates(kept: Keyv<unknown>): StateStore {
  return {
    async generateStateParam(options) {
      const state = randomBytes(24).toString('base64url')
      await kept.set(state, options)
      return state
    },
    async verifyStateParam(_, state) {
      const options = InstallOptions.safeParse(await kept.get(state))
      // Of several requests with the same state, one deletes it.
      if (!options.success || !(await kept.delete(state))) throw new InvalidStateError('the state is used or too old')
      const { scopes, redirectUri } = options.data
      return { scopes, ...(redirectUri ? { redirectUri } : {}) }
    },
  }
}

const HTML = { 'content-type': 'text/html; charset=utf-8' } as const

function harden(response: { setHeader(name: string, value: string): unknown }): void {
  response.setHeader('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
  response.setHeader('cache-control', 'no-store')
  response.setHeader('referrer-policy', 'no-referrer')
}

function document(title: string, body: string, link: string, label: string): string {
  return String(html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
  body { font: 18px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1.5rem; color: #12313d }
  a { display: inline-block; padding: .6rem 1.2rem; border-radius: .4rem; background: #0b4f6c; color: #fff; text-decoration: none }
</style>
<h1>${title}</h1>
<p>${body}</p>
<p><a href="${link}">${label}</a></p>
</html>`)
}
