import type { MiddlewareHandler } from 'hono'

const NAMES = ['127.0.0.1', 'localhost']

/**
 * Whether a request may be one of ours. Any page in the browser can reach this machine's ports: a foreign `Host` means
 * a name was pointed at us (DNS rebinding), a foreign `Origin` that another site's page is asking.
 */
export function isOurs(port: number, host: string | undefined, origin: string | undefined): boolean {
  const hosts = NAMES.map((name) => `${name}:${port}`)
  if (!host || !hosts.includes(host.toLowerCase())) return false
  return origin === undefined || hosts.some((one) => origin.toLowerCase() === `http://${one}`)
}

export const guard =
  (port: () => number): MiddlewareHandler =>
  async (c, next) => {
    if (!isOurs(port(), c.req.header('host'), c.req.header('origin'))) {
      return c.text('This sandbox only answers to pages and programs of this machine.', 403)
    }
    if (c.req.path.startsWith('/sandbox/') && c.req.header('sec-fetch-site') === 'cross-site') {
      return c.text('Another site may not use this sandbox.', 403)
    }
    return next()
  }
