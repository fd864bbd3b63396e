import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import {
  actionId,
  choice,
  confirm,
  dispatchActionConfig,
  option,
  optionGroup,
  overflowOption,
  plainText,
  slackFile,
  text,
  url,
} from './texts.ts'

const { element } = LIMITS

const actionable = { action_id: actionId.optional() }
const confirmable = { ...actionable, confirm: confirm.optional() }
const focusable = { focus_on_load: z.boolean().optional() }
const placeholdable = { placeholder: plainText(element.placeholder).optional() }
const picker = { ...confirmable, ...focusable, ...placeholdable }
const typed = { ...actionable, ...focusable, ...placeholdable, dispatch_action_config: dispatchActionConfig.optional() }
const manyOf = { max_selected_items: z.int().min(1).optional() }
const DATE = z.string().regex(/^\d{4}-\d{2}-\d{2}$/)
const TIME = z.string().regex(/^\d{2}:\d{2}$/)
const style = z.enum(['primary', 'danger']).optional()
const accessibility = { accessibility_label: text(element.accessibilityLabel).optional() }

export const image = z
  .strictObject({
    type: z.literal('image'),
    alt_text: z.string().max(LIMITS.block.imageText),
    image_url: url.optional(),
    slack_file: slackFile.optional(),
    // What Slack itself adds when it hands an image back.
    fallback: z.string().optional(),
    image_width: z.number().optional(),
    image_height: z.number().optional(),
    image_bytes: z.number().optional(),
  })
  .refine((image) => Boolean(image.image_url) !== Boolean(image.slack_file), 'must define `image_url` or `slack_file`')

export const button = z.strictObject({
  type: z.literal('button'),
  ...confirmable,
  text: plainText(element.buttonText),
  value: z.string().max(element.buttonValue).optional(),
  url: url.optional(),
  style,
  ...accessibility,
})
export const workflowButton = z.strictObject({
  type: z.literal('workflow_button'),
  ...confirmable,
  text: plainText(element.buttonText),
  workflow: z.looseObject({ trigger: z.looseObject({ url }) }),
  style,
  ...accessibility,
})

const menu = {
  ...picker,
  options: z.array(option).min(1).max(element.selectOptions).optional(),
  option_groups: z.array(optionGroup).min(1).max(element.optionGroups).optional(),
}
const oneSource = (select: { options?: unknown; option_groups?: unknown }) => !select.options !== !select.option_groups
const ONE_SOURCE = 'must define either `options` or `option_groups`'
const conversations = {
  default_to_current_conversation: z.boolean().optional(),
  filter: z
    .strictObject({
      include: z.array(z.enum(['im', 'mpim', 'private', 'public'])).optional(),
      exclude_external_shared_channels: z.boolean().optional(),
      exclude_bot_users: z.boolean().optional(),
    })
    .optional(),
}
const respondable = { response_url_enabled: z.boolean().optional() }
const searched = { min_query_length: z.int().min(0).optional() }
const ids = z.array(z.string())

export const selects = [
  z
    .strictObject({ type: z.literal('static_select'), ...menu, initial_option: option.optional() })
    .refine(oneSource, ONE_SOURCE),
  z.strictObject({ type: z.literal('external_select'), ...picker, ...searched, initial_option: option.optional() }),
  z.strictObject({ type: z.literal('users_select'), ...picker, initial_user: z.string().optional() }),
  z.strictObject({
    type: z.literal('conversations_select'),
    ...picker,
    ...conversations,
    ...respondable,
    initial_conversation: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('channels_select'),
    ...picker,
    ...respondable,
    initial_channel: z.string().optional(),
  }),
  z
    .strictObject({
      type: z.literal('multi_static_select'),
      ...menu,
      ...manyOf,
      initial_options: z.array(option).min(1).optional(),
    })
    .refine(oneSource, ONE_SOURCE),
  z.strictObject({
    type: z.literal('multi_external_select'),
    ...picker,
    ...searched,
    ...manyOf,
    initial_options: z.array(option).min(1).optional(),
  }),
  z.strictObject({ type: z.literal('multi_users_select'), ...picker, ...manyOf, initial_users: ids.optional() }),
  z.strictObject({
    type: z.literal('multi_conversations_select'),
    ...picker,
    ...conversations,
    ...manyOf,
    initial_conversations: ids.optional(),
  }),
  z.strictObject({ type: z.literal('multi_channels_select'), ...picker, ...manyOf, initial_channels: ids.optional() }),
] as const

const choices = z.array(choice).min(1).max(element.choiceOptions)
export const checkboxes = z.strictObject({
  type: z.literal('checkboxes'),
  ...confirmable,
  ...focusable,
  options: choices,
  initial_options: choices.optional(),
})
export const radioButtons = z.strictObject({
  type: z.literal('radio_buttons'),
  ...confirmable,
  ...focusable,
  options: choices,
  initial_option: choice.optional(),
})
export const overflow = z.strictObject({
  type: z.literal('overflow'),
  ...confirmable,
  options: z.array(overflowOption).min(1).max(element.overflowOptions),
})
export const datepicker = z.strictObject({ type: z.literal('datepicker'), ...picker, initial_date: DATE.optional() })
export const timepicker = z.strictObject({
  type: z.literal('timepicker'),
  ...picker,
  initial_time: TIME.optional(),
  timezone: z.string().optional(),
})
export const datetimepicker = z.strictObject({
  type: z.literal('datetimepicker'),
  ...confirmable,
  ...focusable,
  initial_date_time: z.int().optional(),
})

const length = z.int().min(0).max(element.inputLength)
export const richTextInput = z.strictObject({
  type: z.literal('rich_text_input'),
  ...typed,
  initial_value: z.looseObject({ type: z.literal('rich_text') }).optional(),
  min_lines: z.int().optional(),
  max_lines: z.int().optional(),
})
export const typedInputs = [
  z.strictObject({
    type: z.literal('plain_text_input'),
    ...typed,
    initial_value: z.string().max(element.inputLength).optional(),
    multiline: z.boolean().optional(),
    min_length: length.optional(),
    max_length: length.min(1).optional(),
  }),
  z.strictObject({ type: z.literal('email_text_input'), ...typed, initial_value: z.string().optional() }),
  z.strictObject({ type: z.literal('url_text_input'), ...typed, initial_value: z.string().optional() }),
  z.strictObject({
    type: z.literal('number_input'),
    ...typed,
    is_decimal_allowed: z.boolean(),
    initial_value: z.string().optional(),
    min_value: z.string().optional(),
    max_value: z.string().optional(),
  }),
] as const
export const fileInput = z.strictObject({
  type: z.literal('file_input'),
  ...actionable,
  filetypes: z.array(z.string()).optional(),
  max_files: z.int().min(1).max(element.fileInputFiles).optional(),
})

const feedbackButton = z.strictObject({
  text: plainText(element.buttonText),
  value: text(element.buttonValue),
  ...accessibility,
})
export const feedbackButtons = z.strictObject({
  type: z.literal('feedback_buttons'),
  ...actionable,
  positive_button: feedbackButton,
  negative_button: feedbackButton,
})
export const iconButton = z.strictObject({
  type: z.literal('icon_button'),
  ...confirmable,
  icon: z.enum(['trash']),
  text: plainText(element.buttonText),
  value: z.string().max(element.buttonValue).optional(),
  ...accessibility,
  visible_to_user_ids: ids.max(element.visibleToUsers).optional(),
})
