import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import {
  button,
  checkboxes,
  datepicker,
  datetimepicker,
  feedbackButtons,
  fileInput,
  iconButton,
  image,
  overflow,
  radioButtons,
  richTextInput,
  selects,
  timepicker,
  typedInputs,
  workflowButton,
} from './elements.ts'
import { anyText, mrkdwn, plainText, slackFile, text, url } from './texts.ts'

const { block } = LIMITS

const identified = { block_id: z.string().max(block.id).optional() }
const pickers = [datepicker, timepicker, ...selects] as const

const section = z
  .strictObject({
    type: z.literal('section'),
    ...identified,
    text: anyText(block.sectionText).optional(),
    fields: z.array(anyText(block.sectionField)).min(1).max(block.sectionFields).optional(),
    accessory: z
      .discriminatedUnion('type', [
        button,
        workflowButton,
        checkboxes,
        radioButtons,
        overflow,
        image,
        datetimepicker,
        ...pickers,
      ])
      .optional(),
    expand: z.boolean().optional(),
  })
  .refine((section) => section.text || section.fields, 'must define either `text` or `fields`')
const divider = z.strictObject({ type: z.literal('divider'), ...identified })
const header = z.strictObject({ type: z.literal('header'), ...identified, text: plainText(block.header) })
const context = z.strictObject({
  type: z.literal('context'),
  ...identified,
  elements: z
    .array(z.discriminatedUnion('type', [image, plainText(block.text), mrkdwn(block.text)]))
    .min(1)
    .max(block.contextElements),
})
const actions = z.strictObject({
  type: z.literal('actions'),
  ...identified,
  elements: z
    .array(
      z.discriminatedUnion('type', [
        button,
        workflowButton,
        checkboxes,
        radioButtons,
        overflow,
        datetimepicker,
        richTextInput,
        ...pickers,
      ]),
    )
    .min(1)
    .max(block.actionsElements),
})
const contextActions = z.strictObject({
  type: z.literal('context_actions'),
  ...identified,
  elements: z
    .array(z.discriminatedUnion('type', [feedbackButtons, iconButton]))
    .min(1)
    .max(block.contextActionsElements),
})
const imageBlock = z
  .strictObject({
    ...image.shape,
    ...identified,
    image_url: z.string().max(block.imageUrl).optional(),
    slack_file: slackFile.optional(),
    title: plainText(block.imageText).optional(),
  })
  .refine((found) => Boolean(found.image_url) !== Boolean(found.slack_file), 'must define `image_url` or `slack_file`')
const input = z.strictObject({
  type: z.literal('input'),
  ...identified,
  label: plainText(block.inputLabel),
  element: z.discriminatedUnion('type', [
    checkboxes,
    radioButtons,
    datetimepicker,
    richTextInput,
    fileInput,
    ...pickers,
    ...typedInputs,
  ]),
  hint: plainText(block.inputLabel).optional(),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
})
const markdown = z.strictObject({
  type: z.literal('markdown'),
  ...identified,
  text: text(LIMITS.message.markdown),
})
const richText = z.strictObject({
  type: z.literal('rich_text'),
  ...identified,
  elements: z.array(
    z.looseObject({
      type: z.enum(['rich_text_section', 'rich_text_list', 'rich_text_quote', 'rich_text_preformatted']),
      elements: z.array(z.looseObject({ type: z.string() })),
    }),
  ),
})
const cell = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('raw_text'), text: z.string().min(1) }),
  z.strictObject({ type: z.literal('raw_number'), value: z.number(), text: z.string().min(1) }),
  richText,
])
const row = z.array(cell).max(block.tableColumns)
const table = z.strictObject({
  type: z.literal('table'),
  ...identified,
  rows: z.array(row).min(1).max(block.tableRows),
  column_settings: z
    .array(
      z.strictObject({ align: z.enum(['left', 'center', 'right']).optional(), is_wrapped: z.boolean().optional() }),
    )
    .max(block.tableColumns)
    .optional(),
})
const dataTable = z.strictObject({
  type: z.literal('data_table'),
  ...identified,
  caption: z.string().min(1),
  rows: z.array(row).min(1).max(block.dataTableRows),
  page_size: z.int().min(1).max(100).optional(),
  row_header_column_index: z.int().min(0).optional(),
})
const alert = z.strictObject({
  type: z.literal('alert'),
  ...identified,
  text: anyText(block.alertText),
  level: z.enum(['default', 'info', 'warning', 'error', 'success']).optional(),
})
const card = z.strictObject({
  type: z.literal('card'),
  ...identified,
  hero_image: image.optional(),
  icon: image.optional(),
  title: mrkdwn(block.cardTitle).optional(),
  subtitle: mrkdwn(block.cardTitle).optional(),
  body: mrkdwn(block.cardBody).optional(),
  actions: z.array(button).max(block.cardActions).optional(),
})
const carousel = z.strictObject({
  type: z.literal('carousel'),
  ...identified,
  elements: z.array(card).min(1).max(block.carouselCards),
})
const container = z.strictObject({
  type: z.literal('container'),
  ...identified,
  title: plainText(block.containerTitle).optional(),
  rich_text_title: richText.optional(),
  subtitle: anyText(block.containerTitle).optional(),
  child_blocks: z
    .array(
      z.discriminatedUnion('type', [actions, context, divider, header, imageBlock, input, richText, section, table]),
    )
    .max(block.containerChildren),
  width: z.enum(['narrow', 'standard', 'wide', 'full']).optional(),
  icon: image.optional(),
  is_collapsible: z.boolean().optional(),
  default_collapsed: z.boolean().optional(),
  has_header_divider: z.boolean().optional(),
})
const taskCard = z.strictObject({
  type: z.literal('task_card'),
  ...identified,
  task_id: z.string(),
  title: z.string(),
  details: richText.optional(),
  output: richText.optional(),
  sources: z.array(z.strictObject({ type: z.literal('url'), url, text: z.string() })).optional(),
  status: z.enum(['pending', 'in_progress', 'complete', 'error']),
})
const plan = z.strictObject({
  type: z.literal('plan'),
  ...identified,
  title: z.string(),
  tasks: z.array(z.looseObject({})).optional(),
})
const video = z.looseObject({
  type: z.literal('video'),
  ...identified,
  video_url: url,
  thumbnail_url: url,
  alt_text: z.string(),
  title: plainText(200),
})
const file = z.strictObject({
  type: z.literal('file'),
  ...identified,
  source: z.string(),
  external_id: z.string(),
})

const anywhere = [
  section,
  divider,
  header,
  context,
  actions,
  imageBlock,
  input,
  richText,
  alert,
  container,
  video,
] as const

export const messageBlock = z.discriminatedUnion('type', [
  ...anywhere,
  contextActions,
  markdown,
  table,
  dataTable,
  card,
  carousel,
  taskCard,
  plan,
  file,
])
export const viewBlock = z.discriminatedUnion('type', [...anywhere])
