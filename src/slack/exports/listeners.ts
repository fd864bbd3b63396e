import type { InFlight } from '../../lib/background.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import type { Homes } from '../home/homes.ts'
import { readPages } from '../home/pages.ts'
import { onClick, onForm } from '../platform/listeners.ts'
import type { Person } from '../platform/payloads.ts'
import type { Roles } from '../platform/roles.ts'
import { openForm } from '../posting/notify.ts'
import { exportView } from './export-form.ts'
import { parseExportRequest } from './export-request.ts'
import { type ExportingDeps, startExport } from './run-export.ts'

export type ExportListenerDeps = ExportingDeps & { roles: Roles; homes: Homes; inFlight: InFlight }

/** Reviewers and administrators may export corrections. */
async function mayExport(roles: Roles, person: Person): Promise<boolean> {
  const { mayReview, isAdmin } = await roles.of(person)
  return mayReview || isAdmin
}

/** "Export approved corrections" in App Home. */
export function onHomeExport(deps: ExportListenerDeps) {
  return onClick(async function onHomeExport(click) {
    const { person, view } = click
    if (await mayExport(deps.roles, person)) return openForm(await deps.clientsOf(person.team), click, exportView())
    const pages = readPages(view?.private_metadata ?? '')
    await deps.homes.publish(person, { pages, notice: SHARED_WORDS.notExporter })
  })
}

/** The form was submitted: faults are shown at their fields, and permission is checked again. */
export function onExportSent(deps: ExportListenerDeps) {
  return onForm(async function onExportSent(form) {
    const { person, values } = form
    const read = parseExportRequest(values, { user: person.user, catalog: deps.catalog, now: deps.now() })
    const faults = read.ok
      ? (await mayExport(deps.roles, person))
        ? null
        : { format: SHARED_WORDS.notExporter }
      : read.faults
    if (!read.ok || faults) return { errors: faults as Record<string, string> }
    const say = (notice: string) => deps.homes.publish(person, { notice })
    return {
      afterwards: () => deps.inFlight.track('export from Home', () => startExport(deps, person, read.wish, say)),
    }
  })
}
