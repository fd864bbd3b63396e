import type { InputBlock } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import { STATED_FIELDS } from '../../feedback/corrections/correction-fields.ts'
import { type CorrectionDraft, MAX_CHARS } from '../../feedback/corrections/corrections.ts'
import { option, selectField, textField } from './form-fields.ts'

/** The option for no command; a select has no empty value. */
const NO_COMMAND = 'NONE'

/** The initial values of the fields; a null or empty command selects "no command". */
export type StatementShown = Pick<CorrectionDraft, 'code' | 'problem' | 'action' | 'command' | 'fallback'>
export type BlockIds = Readonly<Record<string, string>>

/**
 * The fields that say what is right, in the author's form and the reviewer's. They're optional where there may be
 * nothing right to say.
 */
export function statementFields(
  shown: StatementShown,
  catalog: Catalog,
  blocks: BlockIds,
  { mayBeEmpty = false }: { mayBeEmpty?: boolean } = {},
): InputBlock[] {
  const isOptional = mayBeEmpty
  const codes = catalog.codes.map(({ code, problem }) => option(`${code} · ${problem}`, code))
  const commands = [
    option('No command', NO_COMMAND),
    ...Object.entries(catalog.commands).map(([name, { title }]) => option(`${name} · ${title}`, name)),
  ]
  const field = (name: keyof StatementShown, label: string) => ({
    name,
    label,
    initial: shown[name] ?? '',
    blockId: blocks[name],
  })
  const { code, problem, action, command, fallback } = STATED_FIELDS
  return [
    selectField(field('code', code), codes, { isOptional }),
    textField(field('problem', problem), { most: MAX_CHARS.problem, isOptional }),
    textField(field('action', action), { most: MAX_CHARS.action, isOptional }),
    selectField({ ...field('command', command), initial: shown.command || NO_COMMAND }, commands),
    textField(field('fallback', fallback), { most: MAX_CHARS.fallback, isOptional: true }),
  ]
}
