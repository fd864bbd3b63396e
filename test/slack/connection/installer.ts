import type { Workspace } from '../../../src/sandbox/workspace/options.ts'

/** A person who installs the app, without a browser. */
export async function install(origin: string, workspace: Workspace): Promise<string> {
  const { authorize, cookie } = await openInstallPage(origin)
  const { html } = await comeBack(await goTo(authorize, workspace), cookie)
  return html
}

/** Our page: where its button leads, and the cookie it sets. */
export async function openInstallPage(origin: string) {
  const response = await fetch(`${origin}/slack/install`)
  const html = await response.text()
  const authorize = (/href="([^"]+)"/.exec(html)?.[1] ?? '').replaceAll('&amp;', '&')
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  return { html, authorize, cookie }
}

/** Slack's page: Allow, for this workspace. Returns where the browser is sent. */
export const goTo = (authorize: string, { team }: Workspace) => decide(authorize, { decision: 'allow', team: team.id })
export const cancelAt = (authorize: string) => decide(authorize, { decision: 'cancel' })

async function decide(authorize: string, choice: Readonly<Record<string, string>>): Promise<string> {
  const page = await (await fetch(authorize)).text()
  const hidden = [...page.matchAll(/name="(\w+)" value="([^"]*)"/g)].filter(
    ([, name]) => !['team', 'decision'].includes(name ?? ''),
  )
  const fields = Object.fromEntries(hidden.map(([, name, value]) => [name, value?.replaceAll('&amp;', '&') ?? '']))
  const url = new URL(authorize)
  const response = await fetch(`${url.origin}${url.pathname}`, {
    method: 'POST',
    body: new URLSearchParams({ ...fields, ...choice }),
    redirect: 'manual',
  })
  return response.headers.get('location') ?? ''
}

export async function comeBack(url: string, cookie: string) {
  const response = await fetch(url, { headers: { cookie } })
  return { status: response.status, html: await response.text() }
}
