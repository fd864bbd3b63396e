import { randomBytes } from 'node:crypto'
import { PlatformError } from '../platform-error.ts'
import type { World } from './world.ts'

export const newFileId = () => `F${randomBytes(5).toString('hex').toUpperCase()}`

/** Keeps a file that is complete from the start and shared in one channel; returns its id. */
export async function addFile(
  world: World,
  file: { name: string; userId: string; content: Uint8Array },
  channelId: string,
): Promise<string> {
  const id = newFileId()
  await world.files.put(id, file.content)
  world.files.add({
    id,
    name: file.name,
    title: file.name,
    userId: file.userId,
    sizeBytes: file.content.byteLength,
    createdAt: Math.floor(Date.now() / 1_000),
    isComplete: true,
    channels: [channelId],
  })
  return id
}

/** A complete file, or Slack's refusal. */
export function sharedFile(world: World, id: string) {
  const file = world.files.find(id)
  if (!file?.isComplete) throw new PlatformError('file_not_found')
  return file
}
