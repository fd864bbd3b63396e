import { z } from 'zod'
import { LIMITS } from '../limits.ts'

const { element } = LIMITS

/** Slack's composition objects. Unknown keys are refused, as Slack refuses them. */
export const text = (max: number, min = 1) => z.string().min(min).max(max)
export const plainText = (max: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: text(max), emoji: z.boolean().optional() })
export const mrkdwn = (max: number) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: text(max), verbatim: z.boolean().optional() })
export const anyText = (max: number) => z.discriminatedUnion('type', [plainText(max), mrkdwn(max)])

export const url = z.string().min(1).max(element.url)
export const actionId = z.string().min(1).max(element.actionId)

export const confirm = z.strictObject({
  title: plainText(element.confirmTitle).optional(),
  text: anyText(element.confirmText),
  confirm: plainText(element.confirmButton).optional(),
  deny: plainText(element.confirmButton).optional(),
  style: z.enum(['primary', 'danger']).optional(),
})

const optionKeys = {
  value: text(element.optionValue),
  description: plainText(element.optionText).optional(),
}
/** For menus. */
export const option = z.strictObject({ text: plainText(element.optionText), ...optionKeys })
/** For radio buttons and checkboxes, which may be written in mrkdwn. */
export const choice = z.strictObject({
  text: anyText(element.optionText),
  value: optionKeys.value,
  description: anyText(element.optionText).optional(),
})
export const overflowOption = option.extend({ url: url.optional() })
export const optionGroup = z.strictObject({
  label: plainText(element.optionText),
  options: z.array(option).min(1).max(element.selectOptions),
})

export const dispatchActionConfig = z.strictObject({
  trigger_actions_on: z.array(z.enum(['on_enter_pressed', 'on_character_entered'])).optional(),
})
export const slackFile = z.strictObject({ id: z.string().optional(), url: url.optional() })
