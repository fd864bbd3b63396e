import { AppError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Person } from '../platform/payloads.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { sendDirect } from './notify.ts'
import { WORDS } from './words.ts'

/** Uploads a file to a direct message; if that fails, the person is told why. */
export async function sendFilePrivately(
  { logger, clientsOf }: { logger: Logger; clientsOf: ClientsOf },
  person: Person,
  say: (words: string) => Promise<unknown>,
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    logger.error({ err: error, person: person.user }, 'a file could not be handed over')
    const words = error instanceof AppError ? error.remedy : WORDS.fileNotSent
    // A `response_url` expires after half an hour, and a large upload may take longer.
    await say(words).catch(async () => sendDirect(await clientsOf(person.team), person.user, words))
  }
}
