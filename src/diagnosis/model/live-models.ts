import type { Store } from '../../store/open.ts'
import type { Alias } from './active-model.ts'
import { listLiveAliases } from './model-records.ts'

export type LiveModel = {
  alias: Alias
  model: string
  /** Who made it live, when and why; null for the configured model. */
  moved: { by: string; at: number; reason: string; previous: string | null } | null
}

/** The model behind each alias. */
export async function readLiveModels(
  store: Store,
  configured: Readonly<Record<Alias, string>>,
): Promise<readonly LiveModel[]> {
  const rows = await listLiveAliases(store)
  return (Object.keys(configured) as Alias[]).map((alias) => {
    const row = rows.find((one) => one.alias === alias)
    if (!row) return { alias, model: configured[alias], moved: null }
    const { changed_by: by, changed_at: at, reason, previous_model: previous } = row
    return { alias, model: row.model, moved: { by, at, reason, previous } }
  })
}
