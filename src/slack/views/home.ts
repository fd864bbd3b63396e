import type { HomeView, KnownBlock } from '@slack/types'
import type { QueuePage } from '../../feedback/queue.ts'
import { correctionBlocks } from '../blocks/correction.ts'
import { button, context, header, section } from '../blocks/elements.ts'
import { escapeCode, escapeMrkdwn } from '../escaping.ts'
import { ACTION } from '../ids.ts'
import { LIMITS } from '../limits.ts'
import { WORDS } from '../words.ts'

export type HomeShown = {
  model: string
  catalogVersion: string
  /** Only for reviewers: a page of what waits, and how much waits in all. */
  queue: { page: QueuePage; waiting: number } | null
}

/** Corrections on one page of the queue: four blocks each stay far below the 100 of a view. */
export const QUEUE_PAGE_SIZE = 8

/** The app's Home tab. */
export function homeView({ model, catalogVersion, queue }: HomeShown): HomeView {
  const blocks: KnownBlock[] = [
    header('HydroCore Assistant'),
    section(WORDS.help),
    context(`assistant \`${escapeCode(model)}\` · catalog ${escapeMrkdwn(catalogVersion)}`),
    ...(queue ? queueBlocks(queue) : []),
  ]
  return { type: 'home', blocks: blocks.slice(0, LIMITS.viewBlocks) }
}

function queueBlocks({ page, waiting }: NonNullable<HomeShown['queue']>): KnownBlock[] {
  if (page.corrections.length === 0) return [{ type: 'divider' }, header('Review queue'), section(WORDS.queueEmpty)]
  return [
    { type: 'divider' },
    header(`Review queue (${waiting})`),
    ...page.corrections.flatMap(correctionBlocks),
    ...(page.next ? [{ type: 'actions' as const, elements: [button('Next page', ACTION.queuePage, page.next)] }] : []),
  ]
}
