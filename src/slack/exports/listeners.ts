import type { BlockAction, SlackActionMiddlewareArgs, SlackViewMiddlewareArgs } from '@slack/bolt'
import type { InFlight } from '../../lib/background.ts'
import { WORDS } from '../blocks/words.ts'
import type { Homes } from '../home/homes.ts'
import { readPages } from '../home/pages.ts'
import { type Person, readClick, readForm } from '../platform/payloads.ts'
import type { Roles } from '../platform/roles.ts'
import { openForm } from '../posting/notify.ts'
import { exportView } from './export-form.ts'
import { readWish } from './export-request.ts'
import { type ExportingParts, startExport } from './run-export.ts'

type ClickArgs = Pick<SlackActionMiddlewareArgs<BlockAction>, 'body' | 'ack'>
type FormArgs = Pick<SlackViewMiddlewareArgs, 'body' | 'ack'>

export type ExportListenerParts = ExportingParts & { roles: Roles; homes: Homes; inFlight: InFlight }

/** Whoever reviews corrections or looks after the app may have them as a file. */
async function mayExport(roles: Roles, person: Person): Promise<boolean> {
  const { mayReview, isAdmin } = await roles.of(person)
  return mayReview || isAdmin
}

/** "Export approved corrections" in Home. */
export const onHomeExport =
  (parts: ExportListenerParts) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    if (!click) return
    const { person, view } = click
    if (await mayExport(parts.roles, person)) return openForm(await parts.clientsOf(person.team), click, exportView())
    const pages = readPages(view?.private_metadata ?? '')
    await parts.homes.publish(person, { pages, notice: WORDS.notExporter })
  }

/** The form was sent: what cannot be is told at its field, and the right is looked up again. */
export const onExportSent =
  (parts: ExportListenerParts) =>
  async ({ body, ack }: FormArgs): Promise<void> => {
    const form = readForm(body)
    if (!form) return ack()
    const { person, values } = form
    const read = readWish(values, { user: person.user, catalog: parts.catalog, now: parts.now() })
    const faults = read.ok
      ? (await mayExport(parts.roles, person))
        ? null
        : { format: WORDS.notExporter }
      : read.faults
    if (!read.ok || faults) return ack({ response_action: 'errors', errors: faults as Record<string, string> })
    await ack()
    const say = (notice: string) => parts.homes.publish(person, { notice })
    parts.inFlight.run('export from Home', () => startExport(parts, person, read.wish, say))
  }
