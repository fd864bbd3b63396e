import type { VNode } from 'preact'
import { suggest } from '../acting.ts'
import { type Choice, Combobox } from '../components/combobox.ts'
import { html } from '../html.ts'
import { isRecord, type Loose, numberAt, stringAt, wordsOf } from '../read.ts'
import { displayName } from '../room.ts'
import { channels, people } from '../store.ts'
import type { ElementProps } from './element.ts'
import { fieldName, useChange } from './field-change.ts'
import { optionsOf, slackOption } from './values.ts'

const choiceOf = (option: Loose, group: string | null = null): Choice => ({
  key: stringAt(option, 'value'),
  label: wordsOf(option.text),
  description: wordsOf(option.description),
  group,
  value: slackOption(option),
})

/** All of Slack's select menus: they differ in where the choices come from and in the name of the answer. */
export function SelectElement(props: ElementProps): VNode {
  const { element, blockId, actionId } = props
  const { surface, answer, change } = useChange(props)
  const type = stringAt(element, 'type')
  const isMulti = type.startsWith('multi_')
  const source = type.replace(/^multi_/, '')
  const someone: Choice[] = people.value.map((each) => ({
    key: each.id,
    label: displayName(each),
    description: each.title,
    value: each.id,
  }))
  const places: Choice[] = channels.value
    .filter(({ kind }) => kind === 'channel')
    .map((each) => ({ key: each.id, label: `#${each.name}`, value: each.id }))

  const choices = (): readonly Choice[] => {
    if (source === 'users_select') return someone
    if (source === 'channels_select' || source === 'conversations_select') return places
    return optionsOf(element).map(({ option, group }) => choiceOf(option, group))
  }
  const searched = {
    minQuery: numberAt(element, 'min_query_length') ?? 3,
    search: async (query: string): Promise<readonly Choice[]> => {
      const viewId = surface.container.type === 'view' ? surface.container.viewId : ''
      const found = await suggest(viewId, blockId, actionId, query)
      return optionsOf({
        options: found.filter((each) => !('options' in each)),
        option_groups: found.filter((each) => 'options' in each),
      }).map(({ option, group }) => choiceOf(option, group))
    },
  }
  const chosen = (Array.isArray(answer) ? answer : [answer]).flatMap((each): Choice[] => {
    if (isRecord(each)) return [choiceOf(each)]
    const known = [...someone, ...places].find(({ key }) => key === each)
    return known ? [known] : []
  })
  const onChange = (picked: readonly Choice[]) => {
    const values = picked.map(({ value }) => value)
    const key =
      {
        users_select: 'selected_user',
        channels_select: 'selected_channel',
        conversations_select: 'selected_conversation',
      }[source] ?? 'selected_option'
    change(isMulti ? { [`${key}s`]: values } : { [key]: values[0] ?? null })
  }
  const max = numberAt(element, 'max_selected_items')
  return html`<${Combobox} id=${props.fieldId} label=${fieldName(props, 'Choose')} describedBy=${props.describedBy}
    isInvalid=${props.isInvalid} isMulti=${isMulti} maxChosen=${max ?? undefined} canClear=${!isMulti && props.isOptional === true}
    placeholder=${wordsOf(element.placeholder) || (isMulti ? 'Choose some' : 'Choose one')} chosen=${chosen} onChange=${onChange}
    choices=${source === 'external_select' ? searched : choices()} />`
}
