import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { html } from 'hono/html'
import { z } from 'zod'
import { PlatformError } from './platform-error.ts'
import { APP, PEOPLE, SECRETS } from './state/seed.ts'
import type { World } from './state/world.ts'

/** Slack's side of installing the app: the page with its Allow button, and the exchange of its code for a token. */
export type OAuth = {
  routes: Hono
  /** What `oauth.v2.access` answers. */
  exchange(args: ExchangeArgs): Readonly<Record<string, unknown>>
  /** What the app's settings name as its redirect addresses. */
  redirectTo(urls: readonly string[]): void
}

export const ExchangeArgs = z.object({
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  code: z.string().optional(),
  redirect_uri: z.string().optional(),
})
type ExchangeArgs = z.infer<typeof ExchangeArgs>

type Grant = { world: World; scopes: readonly string[]; redirectUri: string | null; expiresAt: number; isUsed: boolean }

const CODE_LIFETIME_MS = 10 * 60_000

const Asked = z.object({
  client_id: z.string(),
  scope: z.string().default(''),
  state: z.string().default(''),
  redirect_uri: z.string().optional(),
  team: z.string().optional(),
  decision: z.enum(['allow', 'cancel']).default('cancel'),
})
type Asked = z.infer<typeof Asked>

export function createOAuth(worlds: () => readonly World[]): OAuth {
  const grants = new Map<string, Grant>()
  let redirectUrls: readonly string[] = []

  /** Where the browser goes next; a fault as Slack shows it. */
  function read(query: Record<string, unknown>): { asked: Asked; target: URL } | string {
    const asked = Asked.safeParse(query).data
    if (asked?.client_id !== SECRETS.clientId) return 'invalid_client_id'
    if (asked.scope === '') return 'no_scopes'
    const wanted = asked.redirect_uri ?? redirectUrls[0] ?? ''
    const isNamed = redirectUrls.some((url) => wanted.startsWith(url))
    if (!isNamed || !URL.canParse(wanted)) return 'bad_redirect_uri'
    return { asked, target: new URL(wanted) }
  }

  const routes = new Hono()
  routes.get('/oauth/v2/authorize', (c) => {
    const found = read(c.req.query())
    if (typeof found === 'string') return c.html(refusedPage(found), 400)
    return c.html(askingPage(found.asked, worlds()))
  })
  routes.post('/oauth/v2/authorize', async (c) => {
    const found = read(await c.req.parseBody())
    if (typeof found === 'string') return c.html(refusedPage(found), 400)
    const { asked, target } = found
    if (asked.state) target.searchParams.set('state', asked.state)
    const world = worlds().find(({ team }) => team.id === asked.team) ?? worlds()[0]
    if (asked.decision === 'cancel' || !world) {
      target.searchParams.set('error', 'access_denied')
    } else {
      const code = randomBytes(18).toString('base64url')
      const scopes = asked.scope.split(/[\s,]+/).filter(Boolean)
      const redirectUri = asked.redirect_uri ?? null
      grants.set(code, { world, scopes, redirectUri, expiresAt: Date.now() + CODE_LIFETIME_MS, isUsed: false })
      target.searchParams.set('code', code)
    }
    return c.redirect(target.href, 302)
  })
  routes.get('/app_redirect', (c) => {
    const world = worlds().find(({ team }) => team.id === c.req.query('team')) ?? worlds()[0]
    return c.redirect(world ? world.url() : '/')
  })

  return {
    routes,
    redirectTo(urls) {
      redirectUrls = urls
    },
    exchange({ client_id, client_secret, code, redirect_uri }) {
      if (client_id !== SECRETS.clientId) throw new PlatformError('invalid_client_id')
      if (client_secret !== SECRETS.clientSecret) throw new PlatformError('bad_client_secret')
      const grant = grants.get(code ?? '')
      if (!grant || grant.expiresAt < Date.now()) throw new PlatformError('invalid_code')
      if (grant.isUsed) throw new PlatformError('code_already_used')
      if ((redirect_uri ?? null) !== grant.redirectUri) throw new PlatformError('bad_redirect_uri')
      grant.isUsed = true
      const { team, installation, grantScopes } = grant.world
      grantScopes(grant.scopes)
      return {
        app_id: APP.id,
        authed_user: { id: PEOPLE.admin },
        scope: grant.scopes.join(','),
        token_type: 'bot',
        access_token: installation.install(),
        bot_user_id: team.botUserId,
        team: { id: team.id, name: team.name },
        enterprise: null,
        is_enterprise_install: false,
      }
    },
  }
}

const page = (title: string, content: unknown) => html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
  body { font: 17px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 12vh auto; padding: 0 1.5rem; color: #1d1c1d }
  fieldset { border: 1px solid #ccc; border-radius: .5rem; margin: 1rem 0 }
  button { font: inherit; padding: .5rem 1.4rem; border-radius: .4rem; border: 1px solid #999; background: #fff; cursor: pointer }
  button[value=allow] { background: #007a5a; border-color: #007a5a; color: #fff }
</style>
<h1>${title}</h1>
${content}
</html>`

const refusedPage = (fault: string) =>
  page(
    'Something is wrong with this request',
    html`<p>The app asked for something that cannot be: <code>${fault}</code>.</p>`,
  )

const askingPage = ({ client_id, scope, state, redirect_uri, team }: Asked, worlds: readonly World[]) =>
  page(
    `${APP.name} is requesting permission to access a workspace`,
    html`<p>This is the sandbox’s stand-in for Slack’s own page.</p>
<form method="post">
<input type="hidden" name="client_id" value="${client_id}">
<input type="hidden" name="scope" value="${scope}">
<input type="hidden" name="state" value="${state}">
${redirect_uri === undefined ? '' : html`<input type="hidden" name="redirect_uri" value="${redirect_uri}">`}
<fieldset><legend>Workspace</legend>
${worlds.map(
  (world, index) =>
    html`<p><label><input type="radio" name="team" value="${world.team.id}"${
      (team ? world.team.id === team : index === 0) ? ' checked' : ''
    }> ${world.team.name}</label></p>`,
)}
</fieldset>
<p>It will be able to: <code>${scope.split(',').join(', ')}</code></p>
<p><button name="decision" value="allow">Allow</button> <button name="decision" value="cancel">Cancel</button></p>
</form>`,
  )
