import type { StateValues, View } from '../../page/contract.ts'
import { APP } from '../state/seed.ts'
import type { World } from '../state/world.ts'
import { label, type OpenView } from './views.ts'

/** A view as the Web API and payloads carry it. */
export function slackView(world: World, view: OpenView, values: StateValues = view.values): Record<string, unknown> {
  const { draft } = view
  const modal = draft.type === 'modal' ? draft : null
  return {
    id: view.id,
    team_id: world.team.id,
    type: draft.type,
    blocks: draft.blocks,
    private_metadata: draft.private_metadata ?? '',
    callback_id: draft.callback_id ?? '',
    state: { values },
    hash: view.hash,
    title: label(modal?.title) ?? { type: 'plain_text', text: 'View Title', emoji: true },
    clear_on_close: modal?.clear_on_close ?? false,
    notify_on_close: modal?.notify_on_close ?? false,
    close: label(modal?.close),
    submit: label(modal?.submit),
    previous_view_id: view.previousId,
    root_view_id: view.rootId,
    app_id: APP.id,
    external_id: draft.external_id ?? '',
    app_installed_team_id: world.team.id,
    bot_id: world.team.botId,
  }
}

/** A view as the page draws it. */
export function pageView({ id, draft }: OpenView): View {
  const modal = draft.type === 'modal' ? draft : null
  return {
    id,
    type: draft.type,
    callbackId: draft.callback_id ?? '',
    title: modal?.title.text ?? '',
    submit: modal?.submit?.text ?? null,
    close: modal?.close?.text ?? null,
    blocks: draft.blocks,
  }
}
