import type { Outbox } from '../../outbox/outbox.ts'
import type { Store } from '../../store/open.ts'
import { resolveAlert } from './alert-records.ts'

/** Resolves alerts whose code stayed away. */
export function resolveQuietAlerts(deps: { store: Store; outbox: Outbox; now: () => Date }): void {
  const { store, outbox, now } = deps
  outbox.on('alert_quiet', async ({ key }) => {
    await resolveAlert(store, key, now())
    outbox.wake()
  })
}
