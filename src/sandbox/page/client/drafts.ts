import { signal } from '@preact/signals'
import { readStored, storedKeys, writeStored } from './stored.ts'

const PREFIX = 'sandbox:draft:'

/** Unsent words by person and conversation; they outlive switching, reloading and a failed send. */
const drafts = signal<ReadonlyMap<string, string>>(
  new Map(storedKeys(PREFIX).map((key) => [key.slice(PREFIX.length), readStored(key) ?? ''])),
)

export const draftKey = (viewer: string, channel: string, threadTs: string | null): string =>
  [viewer, channel, ...(threadTs === null ? [] : [threadTs])].join(':')

export const draftOf = (key: string): string => drafts.value.get(key) ?? ''

/** The same, without being told of changes. */
export const peekDraft = (key: string): string => drafts.peek().get(key) ?? ''

export const hasDraft = (viewer: string, channel: string): boolean =>
  draftOf(draftKey(viewer, channel, null)).trim() !== ''

/**
 * What is on its way stays in storage until it has arrived (`isSent: false` with empty text keeps the stored copy), so
 * that a reload in between loses nothing.
 */
export function setDraft(key: string, text: string, options: { keepStored?: boolean } = {}): void {
  if (drafts.value.get(key) !== text) drafts.value = new Map(drafts.value).set(key, text)
  if (!options.keepStored) writeStored(PREFIX + key, text)
}
