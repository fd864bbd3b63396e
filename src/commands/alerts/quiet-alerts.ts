import type { Errands } from '../../outbox/outbox.ts'
import type { Store } from '../../store/open.ts'
import { closeQuietAlert } from './alert-records.ts'

/** Ends alerts whose code stayed away. */
export function endQuietAlerts(parts: { store: Store; errands: Errands; now: () => Date }): void {
  const { store, errands, now } = parts
  errands.on('alert_quiet', async ({ subject }) => {
    await closeQuietAlert(store, subject, now())
    errands.soon()
  })
}
