import { openAsBlob } from 'node:fs'
import type { WebClient } from '@slack/web-api'
import { callSlack } from '../platform/clients.ts'
import { UploadFailedError } from '../platform/errors.ts'

export type LocalFile = { path: string; name: string; title: string }

/** Slack documents no limit; a large export over a slow line takes minutes. */
const UPLOAD_WITHIN_MS = 5 * 60 * 1_000

/**
 * Shares files from disk in a conversation, as one message. Slack's helper reads them into memory; these are streamed,
 * so an export may have any size. Throws {@link UploadFailedError} when the upload is rejected.
 */
export async function uploadFiles(
  client: WebClient,
  { channel, comment, files }: { channel: string; comment: string; files: readonly [LocalFile, ...LocalFile[]] },
): Promise<void> {
  const [first, ...more] = files
  const uploaded: [FileId, ...FileId[]] = [await uploadOne(client, first)]
  for (const file of more) uploaded.push(await uploadOne(client, file))
  await callSlack(() =>
    client.files.completeUploadExternal({ channel_id: channel, initial_comment: comment, files: uploaded }),
  )
}

type FileId = { id: string; title: string }

async function uploadOne(client: WebClient, { path, name, title }: LocalFile): Promise<FileId> {
  const content = await openAsBlob(path, { type: 'application/octet-stream' })
  const { upload_url: address, file_id: id } = await callSlack(
    () => client.files.getUploadURLExternal({ filename: name, length: content.size }),
    { isRepeatable: true },
  )
  if (!address || !id) throw new UploadFailedError(name, 'Slack gave no address')
  const response = await fetch(address, {
    method: 'POST',
    body: content,
    redirect: 'error',
    signal: AbortSignal.timeout(UPLOAD_WITHIN_MS),
  }).catch((cause: unknown) => {
    throw new UploadFailedError(name, 'the connection failed', { cause })
  })
  if (!response.ok) throw new UploadFailedError(name, `status ${response.status}`)
  return { id, title }
}
