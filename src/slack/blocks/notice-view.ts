import type { KnownBlock, ModalView } from '@slack/types'
import { escapeMrkdwn } from '../platform/escaping.ts'
import { plainText, section } from './elements.ts'
import { LIMITS } from './limits.ts'
import { SHARED_WORDS } from './words.ts'

/** A modal that only informs and has nothing to submit. `text` is plain. */
export function noticeView(title: string, text: string, more: readonly KnownBlock[] = []): ModalView {
  return {
    type: 'modal',
    title: plainText(title, LIMITS.viewTitle),
    close: plainText('Close', LIMITS.viewTitle),
    blocks: [section(escapeMrkdwn(text)), ...more],
  }
}

/** Shown at once, until the form is filled. We're notified when it's closed before that. */
export function loadingView(frame: { title: string; callbackId: string; metadata: string }): ModalView {
  return {
    ...noticeView(frame.title, SHARED_WORDS.opening),
    callback_id: frame.callbackId,
    private_metadata: frame.metadata,
    notify_on_close: true,
  }
}
