import type { Catalog } from '../catalog/catalog.ts'
import { readMessage } from './reading/read-message.ts'

/** What a question names: the codes it asks about in standard form, and devices by their full id; each once, in order. */
export type NamedInQuestion = { codes: readonly string[]; devices: readonly string[] }

/** Finds codes and devices as people type them: `E-02`, `e2`, `E 02`, `w10`, `error 02`; `hc5000 a 1138`. */
export function parseQuestion(text: string, catalog: Catalog): NamedInQuestion {
  const { asked, devices } = readMessage(text, catalog)
  return {
    codes: asked.map(({ code }) => code),
    devices: devices.flatMap((device) => (device.kind === 'id' ? [device.id] : [])),
  }
}
