import { AppError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Person } from '../platform/payloads.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { sendDirect } from './notify.ts'
import { WORDS } from './words.ts'

/** A file is on its way to a direct message; when it does not arrive, its asker hears why. */
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
    // The address to respond to lives for half an hour; a large file may take longer.
    await say(words).catch(async () => sendDirect(await clientsOf(person.team), person.user, words))
  }
}
