import { describe, expect, it } from 'vitest'
import type { Block, View } from '../../../src/sandbox/page/contract.ts'
import { whyNoBrowser } from '../../support/browser.ts'
import { eventually, hasFocus, SLOW_TEST, usePage } from './open-page.ts'
import { BOT, FIELD, message, OMAR, TESSA, tsAt } from './sample-room.ts'

const missing = whyNoBrowser()
const plain = (text: string) => ({ type: 'plain_text', text })
const option = (value: string) => ({ text: plain(`Option ${value}`), value })
const options = ['a', 'b', 'c'].map(option)

describe.skipIf(missing !== null)(`blocks${missing ? ` (skipped: ${missing})` : ''}`, SLOW_TEST, () => {
  const { open, server } = usePage()
  const ts = tsAt(-2)

  const show = async (...blocks: Block[]) => {
    const page = await open({ at: `/#/${FIELD}` })
    server().emit({ type: 'message', message: message({ channel: FIELD, ts, userId: BOT, text: 'fallback', blocks }) })
    const drawn = page.locator(`[data-ts="${ts}"]`)
    await drawn.waitFor()
    return { page, drawn }
  }
  const action = () => server().nextPost('/sandbox/actions')

  it('of every kind are drawn, and unknown ones are named', async () => {
    const { drawn } = await show(
      { type: 'header', text: plain('Head :tada:') },
      { type: 'section', text: { type: 'mrkdwn', text: '*bold* <@U0OMAR>' }, fields: [plain('one'), plain('two')] },
      { type: 'divider' },
      { type: 'context', elements: [{ type: 'image', image_url: '/page/icon.svg', alt_text: 'drop' }, plain('small')] },
      { type: 'markdown', text: '## Sub\n- **item**' },
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'text', text: 'styled', style: { bold: true } },
              { type: 'user', user_id: OMAR },
              { type: 'emoji', name: 'eyes' },
            ],
          },
          {
            type: 'rich_text_list',
            style: 'ordered',
            elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'listed' }] }],
          },
          { type: 'rich_text_quote', elements: [{ type: 'text', text: 'quoted' }] },
          { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'code();' }] },
        ],
      },
      { type: 'table', rows: [[{ type: 'raw_text', text: 'Code' }], [{ type: 'raw_text', text: 'E-02' }]] },
      { type: 'image', image_url: 'https://elsewhere.example/x.png', alt_text: 'a chart', title: plain('Chart') },
      { type: 'alert', level: 'error', text: plain('careful') },
      { type: 'hologram' },
      { type: 'section', text: 7, accessory: { type: 'lever' }, fields: 'no' } as unknown as Block,
    )
    expect(await drawn.getByRole('heading', { name: 'Head 🎉' }).count()).toBe(1)
    expect(await drawn.locator('strong').allTextContents()).toEqual(['bold', 'item', 'styled'])
    expect(await drawn.getByRole('img', { name: 'drop' }).count()).toBe(1)
    expect(await drawn.getByRole('columnheader', { name: 'Code' }).count()).toBe(1)
    expect(await drawn.getByRole('note').textContent()).toContain('careful')
    expect(await drawn.locator('blockquote').textContent()).toBe('quoted')
    await drawn.getByRole('link', { name: 'a chart' }).waitFor()
    const text = await drawn.textContent()
    expect(text).toContain('does not draw “hologram” blocks')
    expect(text).toContain('does not draw “lever” elements')
    expect(text).not.toContain('fallback')
  })

  it('hold no markup of the writer', async () => {
    const evil = '<img src=x onerror=alert(1)><script>alert(1)</script>'
    const { page, drawn } = await show(
      { type: 'header', text: plain(evil) },
      { type: 'section', text: { type: 'mrkdwn', text: `${evil} <javascript:alert(1)|x>` } },
      { type: 'markdown', text: `${evil} [x](javascript:alert(1))` },
      {
        type: 'actions',
        elements: [{ type: 'button', action_id: 'u', text: plain('go'), url: 'javascript:alert(1)' }],
      },
    )
    expect(await drawn.locator('img, script').count()).toBe(0)
    expect(await drawn.locator('a').count()).toBe(0)
    expect(await page.locator('[onerror]').count()).toBe(0)
  })

  it('send a press of a button at once, and of a second one too', async () => {
    const { drawn } = await show({
      type: 'actions',
      block_id: 'row',
      elements: [{ type: 'button', action_id: 'go', text: plain('Go'), value: 'v1', style: 'danger' }],
    })
    const held = Promise.withResolvers<{ ok: true }>()
    server().answer('/sandbox/actions', () => held.promise)
    const button = drawn.getByRole('button', { name: 'Go' })
    await button.dblclick()
    await eventually(() => button.getAttribute('aria-busy')).toBe('true')
    await eventually(() => server().posted.filter(({ path }) => path === '/sandbox/actions').length).toBe(2)
    held.resolve({ ok: true })
    await eventually(() => button.getAttribute('aria-busy')).toBe('false')
    expect(await action()).toEqual({
      user: TESSA,
      container: { type: 'message', channel: FIELD, ts },
      action: { type: 'button', action_id: 'go', block_id: 'row', text: plain('Go'), value: 'v1', style: 'danger' },
      state: {},
    })
  })

  it('ask before a press that wants to be confirmed', async () => {
    const confirm = { title: plain('Sure?'), text: plain('It moves.'), confirm: plain('Move'), deny: plain('Stay') }
    const { page, drawn } = await show({
      type: 'actions',
      elements: [{ type: 'button', action_id: 'go', text: plain('Go'), confirm }],
    })
    const button = drawn.getByRole('button', { name: 'Go' })
    const dialog = page.getByRole('alertdialog', { name: 'Sure?' })
    await button.click()
    await dialog.getByRole('button', { name: 'Stay' }).click()
    await button.click()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await hasFocus(button)).toBe(true)
    expect(server().posted.filter(({ path }) => path === '/sandbox/actions')).toEqual([])
    await button.click()
    await dialog.getByRole('button', { name: 'Move' }).click()
    expect(await action()).toMatchObject({ action: { action_id: 'go' } })
  })

  it('send a vote with the value of its side, and mark it', async () => {
    const { drawn } = await show({
      type: 'context_actions',
      block_id: 'fb',
      elements: [
        {
          type: 'feedback_buttons',
          action_id: 'vote',
          positive_button: { text: plain('Good'), value: 'up' },
          negative_button: { text: plain('Bad'), value: 'down', accessibility_label: 'Wrong answer' },
        },
        { type: 'icon_button', icon: 'trash', action_id: 'bin', text: plain('Remove'), value: 'x' },
        {
          type: 'icon_button',
          icon: 'trash',
          action_id: 'hidden',
          text: plain('For others'),
          visible_to_user_ids: [OMAR],
        },
      ],
    })
    const down = drawn.getByRole('button', { name: 'Wrong answer' })
    await down.click()
    expect(await action()).toMatchObject({
      action: { type: 'feedback_buttons', action_id: 'vote', block_id: 'fb', value: 'down', text: plain('Bad') },
    })
    expect(await down.getAttribute('aria-pressed')).toBe('true')
    expect(await drawn.getByRole('button', { name: 'Good' }).getAttribute('aria-pressed')).toBe('false')
    expect(await drawn.getByRole('button', { name: 'For others' }).count()).toBe(0)
    await drawn.getByRole('button', { name: 'Remove' }).click()
    await eventually(() => server().posted.at(-1)?.body).toMatchObject({
      action: { type: 'icon_button', icon: 'trash', value: 'x' },
    })
  })

  it('tell the person when the app did not answer a press', async () => {
    const { page, drawn } = await show({
      type: 'actions',
      elements: [{ type: 'button', action_id: 'go', text: plain('Go') }],
    })
    server().answer('/sandbox/actions', () => ({
      ok: false,
      error: 'This action failed because the app did not respond.',
    }))
    await drawn.getByRole('button', { name: 'Go' }).click()
    await page.getByRole('status', { name: 'Notices' }).filter({ hasText: 'did not respond' }).waitFor()
  })

  const elements: [
    string,
    Record<string, unknown>,
    (fields: Awaited<ReturnType<typeof show>>) => Promise<void>,
    Record<string, unknown>,
  ][] = [
    [
      'static_select',
      { options, placeholder: plain('Pick') },
      async ({ page, drawn }) => {
        await drawn.getByRole('combobox', { name: 'Pick' }).click()
        await page.getByRole('option', { name: 'Option b' }).click()
      },
      { selected_option: option('b') },
    ],
    [
      'multi_static_select',
      { option_groups: [{ label: plain('Group'), options }], placeholder: plain('Pick') },
      async ({ page, drawn }) => {
        await drawn.getByRole('combobox', { name: 'Pick' }).pressSequentially('option c')
        await page.keyboard.press('Enter')
      },
      { selected_options: [option('c')] },
    ],
    [
      'users_select',
      { placeholder: plain('Who') },
      async ({ page, drawn }) => {
        await drawn.getByRole('combobox', { name: 'Who' }).click()
        await page.getByRole('option', { name: 'Omar Haddad' }).click()
      },
      { selected_user: OMAR },
    ],
    [
      'overflow',
      { options },
      async ({ page, drawn }) => {
        await drawn.locator('.blocks').getByRole('button', { name: 'More actions' }).click()
        await page.getByRole('menuitem', { name: 'Option c' }).click()
      },
      { selected_option: option('c') },
    ],
    [
      'datepicker',
      { initial_date: '2026-11-22' },
      ({ drawn }) => drawn.getByLabel('Date').fill('2026-12-01'),
      { selected_date: '2026-12-01' },
    ],
    ['timepicker', {}, ({ drawn }) => drawn.getByLabel('Time').fill('08:30'), { selected_time: '08:30' }],
    [
      'radio_buttons',
      { options },
      ({ drawn }) => drawn.getByRole('radio', { name: 'Option a' }).check(),
      { selected_option: option('a') },
    ],
    [
      'checkboxes',
      { options, initial_options: [option('a')] },
      ({ drawn }) => drawn.getByRole('checkbox', { name: 'Option c' }).check(),
      { selected_options: [option('a'), option('c')] },
    ],
    [
      'plain_text_input',
      { placeholder: plain('Words') },
      async ({ drawn }) => {
        await drawn.getByRole('textbox', { name: 'Words' }).fill('typed')
        await drawn.getByRole('textbox', { name: 'Words' }).press('Enter')
      },
      { value: 'typed' },
    ],
  ]
  it.each(elements)('send the change of a %s in Slack’s shape', async (type, element, use, expected) => {
    const shown = await show({ type: 'actions', block_id: 'row', elements: [{ type, action_id: 'field', ...element }] })
    await use(shown)
    const { action: sent, state } = (await action()) as { action: object; state: Record<string, unknown> }
    expect(sent).toMatchObject({ type, action_id: 'field', block_id: 'row', ...expected })
    if (type !== 'overflow') expect(state).toEqual({ row: { field: { type, ...expected } } })
  })

  it('leave a choice as it was when its confirmation is declined', async () => {
    const confirm = { title: plain('Change it?'), text: plain('x'), confirm: plain('Yes'), deny: plain('No') }
    const element = { type: 'radio_buttons', action_id: 'r', options, initial_option: option('a'), confirm }
    const { page, drawn } = await show({ type: 'actions', elements: [element] })
    await drawn.getByRole('radio', { name: 'Option b' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'No' }).click()
    await eventually(() => drawn.getByRole('radio', { name: 'Option a' }).isChecked()).toBe(true)
    expect(server().posted.filter(({ path }) => path === '/sandbox/actions')).toEqual([])
  })

  it('search the options of an external select', async () => {
    const page = await open()
    const view: View = {
      id: 'V1',
      type: 'modal',
      callbackId: 'c',
      title: 'Search',
      submit: 'Go',
      close: null,
      blocks: [
        {
          type: 'input',
          block_id: 'b',
          label: plain('Device'),
          element: { type: 'external_select', action_id: 'a', min_query_length: 2 },
        },
      ],
    }
    server().answer('/sandbox/options', ({ value }) => ({
      ok: true,
      options: [{ type: 'option', ...option(String(value)) }],
    }))
    server().emit({ type: 'modals', modals: [view] })
    await page.getByRole('combobox', { name: 'Device' }).pressSequentially('hc5')
    await page.getByRole('option', { name: 'Option hc5' }).click()
    expect(
      server()
        .posted.filter(({ path }) => path === '/sandbox/options')
        .at(-1)?.body,
    ).toEqual({ user: TESSA, viewId: 'V1', actionId: 'a', blockId: 'b', value: 'hc5' })
    await page.getByRole('button', { name: 'Go', exact: true }).click()
    expect(await server().nextPost('/sandbox/views/submit')).toMatchObject({
      values: { b: { a: { type: 'external_select', selected_option: option('hc5') } } },
    })
  })
})
