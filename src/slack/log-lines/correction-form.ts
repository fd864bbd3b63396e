import type { ModalView } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import { CATEGORIES } from '../../diagnosis/prompt.ts'
import type { LogLine } from '../../diagnosis/questions/log-line-records.ts'
import { CONSENT_LINE, type CorrectionDraft, MAX_CHARS } from '../../feedback/corrections/corrections.ts'
import { redactLogLine } from '../../feedback/corrections/redact-log.ts'
import { context, plainText, section } from '../blocks/elements.ts'
import { option, selectField, textField } from '../blocks/form-fields.ts'
import { VIEW } from '../blocks/ids.ts'
import { LIMITS } from '../blocks/limits.ts'
import { nameOfCategory, quotedLine } from '../blocks/log-line.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import { cut } from '../platform/escaping.ts'
import { WORDS } from './words.ts'

/**
 * The form for saying what a log line is about. Its fields have the names of any correction: the question is the line,
 * the code its category. `draft` is the person's earlier input.
 */
export function logLineView(
  { id, line, category }: LogLine,
  draft: CorrectionDraft | null,
  catalog: Pick<Catalog, 'isDeviceId'>,
): ModalView {
  const said = category ? `${WORDS.sortedAs} *${nameOfCategory(category)}*:` : WORDS.notSorted
  return {
    type: 'modal',
    callback_id: VIEW.logLine,
    private_metadata: id,
    // When it's closed unsent, the input is kept.
    notify_on_close: true,
    title: plainText(WORDS.logLineTitle, LIMITS.viewTitle),
    submit: plainText('Send', LIMITS.viewTitle),
    close: plainText('Cancel', LIMITS.viewTitle),
    blocks: [
      section(`${said}\n${quotedLine(line)}`),
      ...(draft ? [context(SHARED_WORDS.draftLoaded)] : []),
      selectField(
        { name: 'code', label: 'Category', initial: draft?.code ?? '' },
        // All but the category given, which is the wrong one.
        CATEGORIES.filter((one) => one !== category).map((one) => option(nameOfCategory(one), one)),
      ),
      textField(
        {
          name: 'question',
          label: 'Log line, without people, devices and addresses',
          initial: draft?.question ?? redactLogLine(cut(line, MAX_CHARS.question), catalog),
        },
        { most: MAX_CHARS.question, isLong: true },
      ),
      textField(
        { name: 'note', label: 'Note for the reviewer', initial: draft?.note ?? '' },
        { most: MAX_CHARS.note, isOptional: true, isLong: true },
      ),
      context(CONSENT_LINE),
    ],
  }
}
