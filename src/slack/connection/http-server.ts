import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from '../../lib/logger.ts'
import { PortTakenError } from '../platform/errors.ts'
import type { Route } from '../platform/workspaces.ts'

/**
 * Load balancers keep connections open for a minute; if we closed them sooner, one could send into a connection that is
 * being closed. The request itself must arrive within the second limit.
 */
export const SERVER_OPTIONS = { keepAliveTimeout: 75_000, requestTimeout: 30_000 } as const

/** Logs and answers the page's own errors, so that none escapes. */
export function guarded({ path, handler }: Route, logger: Logger): Route {
  return {
    path,
    handler: async (request, response) =>
      handler(request, response).catch((error: unknown) => {
        logger.error({ err: error, path }, 'a page could not be shown')
        if (!response.headersSent) response.writeHead(500)
        response.end()
      }),
  }
}

/** Serves only pages, beside Socket Mode. Throws {@link PortTakenError}. */
export async function servePages(pages: readonly Route[], port: number): Promise<Server> {
  const byPath = new Map(pages.map((page) => [page.path, page]))
  const server = createServer(SERVER_OPTIONS, (request, response) => {
    const page = byPath.get(URL.parse(request.url ?? '/', 'http://ours')?.pathname ?? '')
    if (page && ['GET', 'HEAD'].includes(request.method ?? '')) return void page.handler(request, response)
    response.writeHead(404).end()
  })
  await listening(
    port,
    () =>
      new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, resolve)
      }),
  )
  return server
}

/** Explains in plain words why a port can't be used. */
export async function listening<T>(port: number, listen: () => Promise<T>): Promise<T> {
  return listen().catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE' || error.code === 'EACCES'
      ? new PortTakenError(port, error.code, { cause: error })
      : error
  })
}

/** The actual port, as the system may have chosen it. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

/** Accepts no more requests, lets those in progress finish until the deadline, then cuts them. */
export async function stopServing(server: Server, withinMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const deadline = setTimeout(() => server.closeAllConnections(), withinMs)
  await closed
  clearTimeout(deadline)
}
