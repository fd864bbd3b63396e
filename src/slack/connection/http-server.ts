import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from '../../lib/logger.ts'
import { PortTakenError } from '../platform/errors.ts'
import type { Route } from '../platform/workspaces.ts'

/**
 * A load balancer keeps its connections open for a minute; if we closed them sooner, it could send into one that is
 * being closed. A request itself has to arrive within the second time.
 */
export const SERVER_OPTIONS = { keepAliveTimeout: 75_000, requestTimeout: 30_000 } as const

/** A page whose own fault is logged and answered, and ends there. */
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

/** Serves pages alone, beside Socket Mode. Throws {@link PortTakenError}. */
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

/** Tells why a port cannot be had in words a person can act on. */
export async function listening<T>(port: number, listen: () => Promise<T>): Promise<T> {
  return listen().catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE' || error.code === 'EACCES'
      ? new PortTakenError(port, error.code, { cause: error })
      : error
  })
}

/** The port it really listens on. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

/** Takes no more requests, gives those under way until the deadline, then cuts them. */
export async function stopServing(server: Server, withinMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const deadline = setTimeout(() => server.closeAllConnections(), withinMs)
  await closed
  clearTimeout(deadline)
}
