import { describe, expect, it } from 'vitest'
import { checkHome, checkMessageBlocks, checkModal } from '../../../src/sandbox/workspace/blockkit/checking.ts'
import { LIMITS } from '../../../src/sandbox/workspace/limits.ts'
import { PlatformError } from '../../../src/sandbox/workspace/platform-error.ts'
import fc from '../../support/properties.ts'
import { faultsOf, openStage, platformError } from './stage.ts'

const plain = (length: number | string) => ({
  type: 'plain_text' as const,
  text: typeof length === 'string' ? length : 'x'.repeat(length),
})
const mrkdwn = (length: number) => ({ type: 'mrkdwn' as const, text: 'x'.repeat(length) })
const many = <Item>(count: number, item: (n: number) => Item) => Array.from({ length: count }, (_, n) => item(n))
const button = (extra: object = {}) => ({ type: 'button', text: plain('Go'), ...extra })
const actions = (...elements: object[]) => ({ type: 'actions', elements })
const option = (value: number | string = 1) => ({
  text: plain('An option'),
  value: typeof value === 'string' ? value : 'x'.repeat(value),
})
const select = (extra: object) => ({ type: 'static_select', action_id: 'pick', ...extra })
const input = (element: object, extra: object = {}) => ({ type: 'input', label: plain('Label'), element, ...extra })
const section = (extra: object = {}) => ({ type: 'section', text: mrkdwn(1), ...extra })

const refusal = (check: () => unknown): { code: string; faults: readonly string[] } => {
  try {
    check()
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error
    const metadata = error.details.response_metadata as { messages: string[] } | undefined
    return { code: error.code, faults: metadata?.messages ?? [] }
  }
  return { code: 'ok', faults: [] }
}
const blocks = (...given: object[]) => refusal(() => checkMessageBlocks(given))

/** What still fits, what is one too much, and where the fault is said to be. */
const EDGES: readonly [name: string, fits: object, tooMuch: object, at: string][] = [
  ['section text', section({ text: mrkdwn(3_000) }), section({ text: mrkdwn(3_001) }), '/blocks/0/text/text'],
  [
    'section fields',
    section({ fields: many(10, () => mrkdwn(1)) }),
    section({ fields: many(11, () => mrkdwn(1)) }),
    '/blocks/0/fields',
  ],
  [
    'a section field',
    section({ fields: [mrkdwn(2_000)] }),
    section({ fields: [mrkdwn(2_001)] }),
    '/blocks/0/fields/0/text',
  ],
  ['header', { type: 'header', text: plain(150) }, { type: 'header', text: plain(151) }, '/blocks/0/text/text'],
  [
    'context elements',
    { type: 'context', elements: many(10, () => mrkdwn(1)) },
    { type: 'context', elements: many(11, () => mrkdwn(1)) },
    '/blocks/0/elements',
  ],
  [
    'actions elements',
    actions(...many(25, () => button())),
    actions(...many(26, () => button())),
    '/blocks/0/elements',
  ],
  [
    'button text',
    actions(button({ text: plain(75) })),
    actions(button({ text: plain(76) })),
    '/blocks/0/elements/0/text/text',
  ],
  [
    'button value',
    actions(button({ value: 'x'.repeat(2_000) })),
    actions(button({ value: 'x'.repeat(2_001) })),
    '/blocks/0/elements/0/value',
  ],
  [
    'button url',
    actions(button({ url: 'x'.repeat(3_000) })),
    actions(button({ url: 'x'.repeat(3_001) })),
    '/blocks/0/elements/0/url',
  ],
  [
    'action_id',
    actions(button({ action_id: 'x'.repeat(255) })),
    actions(button({ action_id: 'x'.repeat(256) })),
    '/blocks/0/elements/0/action_id',
  ],
  ['block_id', section({ block_id: 'x'.repeat(255) }), section({ block_id: 'x'.repeat(256) }), '/blocks/0/block_id'],
  [
    'option value',
    actions(select({ options: [option(75)] })),
    actions(select({ options: [option(76)] })),
    '/blocks/0/elements/0/options/0/value',
  ],
  [
    'select options',
    actions(select({ options: many(100, (n) => option(`${n}`)) })),
    actions(select({ options: many(101, (n) => option(`${n}`)) })),
    '/blocks/0/elements/0/options',
  ],
  [
    'overflow options',
    actions({ type: 'overflow', options: many(5, (n) => option(`${n}`)) }),
    actions({ type: 'overflow', options: many(6, (n) => option(`${n}`)) }),
    '/blocks/0/elements/0/options',
  ],
  [
    'radio options',
    actions({ type: 'radio_buttons', options: many(10, (n) => option(`${n}`)) }),
    actions({ type: 'radio_buttons', options: many(11, (n) => option(`${n}`)) }),
    '/blocks/0/elements/0/options',
  ],
  [
    'placeholder',
    actions(select({ options: [option()], placeholder: plain(150) })),
    actions(select({ options: [option()], placeholder: plain(151) })),
    '/blocks/0/elements/0/placeholder/text',
  ],
  [
    'confirm title',
    actions(button({ confirm: { title: plain(100), text: plain(300) } })),
    actions(button({ confirm: { title: plain(101), text: plain(300) } })),
    '/blocks/0/elements/0/confirm/title/text',
  ],
  [
    'confirm text',
    actions(button({ confirm: { text: plain(300) } })),
    actions(button({ confirm: { text: plain(301) } })),
    '/blocks/0/elements/0/confirm/text/text',
  ],
  [
    'input label',
    input({ type: 'plain_text_input' }, { label: plain(2_000) }),
    input({ type: 'plain_text_input' }, { label: plain(2_001) }),
    '/blocks/0/label/text',
  ],
  [
    'markdown',
    { type: 'markdown', text: 'x'.repeat(12_000) },
    { type: 'markdown', text: 'x'.repeat(12_001) },
    '/blocks/0/text',
  ],
]

describe('the limits of a message', () => {
  it.each(EDGES)('%s: fits exactly, and not one more', (_, fits, tooMuch, at) => {
    expect(blocks(fits)).toEqual({ code: 'ok', faults: [] })
    const { code, faults } = blocks(tooMuch)
    expect(code).toBe('invalid_blocks')
    expect(faults).toEqual([expect.stringContaining(`[json-pointer:${at}]`)])
  })

  it.each([
    ['no text', section({ text: undefined }), 'must define either `text` or `fields`'],
    ['empty text', section({ text: plain('') }), 'must be more than 0 characters'],
    ['a missing key', { type: 'header' }, 'missing required field: text'],
    ['an unknown block', { type: 'song' }, 'unsupported type'],
    ['an unknown element', actions({ type: 'song' }), 'unsupported type'],
    ['an element in the wrong block', actions({ type: 'plain_text_input' }), 'unsupported type'],
    ['an unknown key', section({ colour: 'red' }), 'invalid additional property: colour'],
    ['mrkdwn where only plain text may stand', { type: 'header', text: mrkdwn(1) }, '/blocks/0/text/type'],
    ['an option with an empty value', actions(select({ options: [option('')] })), 'must be more than 0 characters'],
    [
      'both options and groups',
      actions(select({ options: [option()], option_groups: [{ label: plain('g'), options: [option()] }] })),
      'must define either `options` or `option_groups`',
    ],
    ['feedback buttons outside context_actions', actions({ type: 'feedback_buttons' }), 'unsupported type'],
    ['a file input', input({ type: 'file_input', action_id: 'f' }), 'file_input is allowed in modals only'],
  ])('refuse %s', (_, block, fault) => {
    const { code, faults } = blocks(block)
    expect(code).toBe('invalid_blocks')
    expect(faults.join('\n')).toContain(fault)
  })

  it('refuse more than 50 blocks, too much text in all, and ids given twice', () => {
    expect(blocks(...many(50, () => ({ type: 'divider' }))).code).toBe('ok')
    expect(blocks(...many(51, () => ({ type: 'divider' }))).code).toBe('msg_blocks_too_many')
    expect(blocks(...many(5, () => section({ text: mrkdwn(2_700) }))).code).toBe('msg_blocks_too_long')
    expect(blocks(...many(2, () => ({ type: 'markdown', text: 'x'.repeat(6_001) }))).code).toBe('invalid_blocks')
    expect(blocks(section({ block_id: 'a' }), section({ block_id: 'a' })).faults).toEqual([
      expect.stringContaining('duplicate block_id: a [json-pointer:/blocks/1/block_id]'),
    ])
    expect(blocks(actions(button({ action_id: 'a' }), button({ action_id: 'a' }))).faults).toEqual([
      expect.stringContaining('duplicate action_id: a'),
    ])
    expect(blocks(actions(button({ action_id: 'a' })), actions(button({ action_id: 'a' }))).code).toBe('ok')
  })

  it('name what the app left unnamed, and keep what it named', () => {
    const [first, second] = checkMessageBlocks([
      actions(button(), button({ action_id: 'mine' })),
      section({ block_id: 'b' }),
    ])
    expect(first?.block_id).toMatch(/^[\w-]{4,}$/)
    expect(first?.elements).toMatchObject([{ action_id: expect.stringMatching(/^[\w-]{4,}$/) }, { action_id: 'mine' }])
    expect(second?.block_id).toBe('b')
  })

  it('never throw anything but a refusal, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.array(fc.anything()), fc.anything()), (given) => {
        refusal(() => checkMessageBlocks(given))
        refusal(() => checkModal(given))
        refusal(() => checkHome(given))
      }),
    )
  })
})

describe('the limits of a view', () => {
  const modal = (extra: object = {}) =>
    refusal(() => checkModal({ type: 'modal', title: plain('Title'), blocks: [section()], ...extra }))

  it.each([
    ['title', { title: plain(24) }, { title: plain(25) }, '/view/title/text'],
    ['submit', { submit: plain(24) }, { submit: plain(25) }, '/view/submit/text'],
    ['close', { close: plain(24) }, { close: plain(25) }, '/view/close/text'],
    [
      'private_metadata',
      { private_metadata: 'x'.repeat(3_000) },
      { private_metadata: 'x'.repeat(3_001) },
      '/view/private_metadata',
    ],
    ['callback_id', { callback_id: 'x'.repeat(255) }, { callback_id: 'x'.repeat(256) }, '/view/callback_id'],
    [
      'blocks',
      { blocks: many(100, () => ({ type: 'divider' })) },
      { blocks: many(101, () => ({ type: 'divider' })) },
      '/view/blocks',
    ],
  ])('%s: fits exactly, and not one more', (_, fits, tooMuch, at) => {
    expect(modal(fits).code).toBe('ok')
    expect(modal(tooMuch)).toEqual({
      code: 'invalid_arguments',
      faults: [expect.stringContaining(`[json-pointer:${at}]`)],
    })
  })

  it('want a submit button where there is an input, and only what views may hold', () => {
    const blocks = [input({ type: 'plain_text_input', action_id: 'a' })]
    expect(modal({ blocks }).faults).toEqual([expect.stringContaining('submit is required')])
    expect(modal({ blocks, submit: plain('Send') }).code).toBe('ok')
    expect(modal({ blocks: [{ type: 'markdown', text: 'x' }] }).faults).toEqual([
      expect.stringContaining('unsupported type'),
    ])
    expect(modal({ blocks: many(90, () => section({ text: mrkdwn(2_990) })) }).code).toBe('view_too_large')
    expect(refusal(() => checkHome({ type: 'modal', title: plain('x'), blocks: [] })).code).toBe('invalid_arguments')
    expect(refusal(() => checkHome({ type: 'home', blocks: [] })).code).toBe('ok')
    expect(refusal(() => checkModal('{"type":')).code).toBe('invalid_arguments')
  })
})

describe('the limits as the real client meets them', () => {
  it('come with the place of the fault', async () => {
    await using stage = await openStage()
    const post = {
      channel: stage.workspace.channels.fieldSupport,
      text: 'x',
      blocks: [section({ text: mrkdwn(3_001) })] as never,
    }
    expect(await platformError(stage.client.chat.postMessage(post))).toBe('invalid_blocks')
    expect(await faultsOf(stage.client.chat.postMessage(post))).toEqual([
      '[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
    ])
    expect(await platformError(stage.client.chat.postMessage({ ...post, blocks: 'not json' as never }))).toBe(
      'invalid_blocks_format',
    )
  })

  it('cut a long text, refuse a long update, and keep markdown apart from text', async () => {
    await using stage = await openStage()
    const channel = stage.workspace.channels.fieldSupport
    const post = (content: object) => stage.client.apiCall('chat.postMessage', { channel, ...content })
    const cut = await post({ text: 'x'.repeat(LIMITS.message.text + 1) })
    expect(cut).toMatchObject({ warning: 'message_truncated', message: { text: 'x'.repeat(LIMITS.message.text) } })
    const { ts = '' } = cut as { ts?: string }
    expect(await platformError(stage.client.chat.update({ channel, ts, text: 'x'.repeat(4_001) }))).toBe('msg_too_long')
    expect(await platformError(post({ markdown_text: 'x', text: 'y' }))).toBe('markdown_text_conflict')
    expect(await platformError(post({ markdown_text: 'x', blocks: [section()] }))).toBe('markdown_text_conflict')
    expect(await platformError(post({ markdown_text: 'x'.repeat(12_001) }))).toBe('msg_too_long')
    expect(await platformError(post({}))).toBe('no_text')
    expect(await platformError(post({ text: 'x', attachments: many(101, () => ({ text: 'a' })) }))).toBe(
      'too_many_attachments',
    )
    expect(await platformError(post({ text: 'x', metadata: { event_type: 'a' } }))).toBe('invalid_metadata_schema')
  })

  it('leave a published home alone when its hash is old, and an external_id to one view', async () => {
    await using stage = await openStage()
    const user_id = stage.workspace.people.reviewer
    const view = { type: 'home' as const, blocks: [] }
    const { view: first } = await stage.client.views.publish({ user_id, view })
    await stage.client.views.publish({ user_id, view, hash: first?.hash ?? '' })
    expect(await platformError(stage.client.views.publish({ user_id, view, hash: first?.hash ?? '' }))).toBe(
      'hash_conflict',
    )
    const named = { ...view, external_id: 'only-one' }
    await stage.client.views.publish({ user_id, view: named })
    await stage.client.views.publish({ user_id, view: named })
    const other = { user_id: stage.workspace.people.operator, view: named }
    expect(await platformError(stage.client.views.publish(other))).toBe('duplicate_external_id')
  })
})
