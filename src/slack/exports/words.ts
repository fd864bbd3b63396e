import { listOf } from '../blocks/words.ts'

export const WORDS = {
  exportUsage:
    'Write for example `/hydrocore export openai-sft since:30d code:E-02 reviewer:me reason:wrong_action new`, or `kind:log` for log lines; each part may be left out.',
  exportSince: 'Write a day such as 2026-11-01, or a while such as 30d or 12h.',
  exportReviewer: 'Mention the reviewer, write their user id, or `me`.',
  exportGoes: 'You get the file and its manifest in a direct message. Nobody else does.',
  exportUploading: 'The export is written and on its way to you.',
  exportStarted: 'I am writing the export. You get it in a direct message.',
} as const
export function unknownFormat(formats: readonly string[]): string {
  return `I do not know that format. Use ${listOf(formats)}.`
}

/** The progress of an export; `total` isn't above `done` when it's unknown. */
export function exported(done: number, total: number): string {
  const number = (count: number) => new Intl.NumberFormat('en').format(count)
  return `I am writing the export: ${number(done)}${total > done ? ` of ${number(total)}` : ''} looked at.`
}
