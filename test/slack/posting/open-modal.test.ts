import type { ModalView } from '@slack/types'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/lib/errors.ts'
import { noticeView } from '../../../src/slack/blocks/notice-view.ts'
import { SHARED_WORDS } from '../../../src/slack/blocks/words.ts'
import type { ClientsOf } from '../../../src/slack/platform/workspaces.ts'
import { openWithLoadingView } from '../../../src/slack/posting/open-modal.ts'
import { WORDS } from '../../../src/slack/posting/words.ts'
import { silent } from '../../support/silent.ts'

const FORM = noticeView('A form', 'filled')

/** Slack's word for what went wrong, as its client throws it. */
const platform = (error: string) =>
  Object.assign(new Error(error), { code: 'slack_webapi_platform_error', data: { ok: false, error } })
const lostAnswer = () => Object.assign(new Error('502'), { code: 'slack_webapi_http_error', statusCode: 502 })

type Faults = { open?: Error; update?: Error; whisper?: Error }

async function opened(faults: Faults, fill: () => Promise<ModalView> = async () => FORM) {
  const steps: string[] = []
  const told: { text: string; blocks?: unknown }[] = []
  const fail = (fault?: Error) => {
    if (fault) throw fault
  }
  const clientsOf = (async () => ({
    interactive: {
      views: {
        async open({ view }: { view: ModalView }) {
          steps.push(`open ${JSON.stringify(view.blocks).includes(SHARED_WORDS.opening) ? 'empty' : 'filled'}`)
          fail(faults.open)
        },
        async update({ view, external_id }: { view: ModalView; external_id: string }) {
          fail(faults.update)
          steps.push(`update ${external_id === view.external_id} ${JSON.stringify(view.blocks)}`)
        },
      },
      chat: {
        async postEphemeral(call: { text: string }) {
          fail(faults.whisper)
          told.push(call)
        },
      },
      conversations: { open: async () => ({ channel: { id: 'D1' } }) },
    },
    posting: { chat: { postMessage: async (call: { text: string }) => void told.push(call) } },
  })) as unknown as ClientsOf
  await openWithLoadingView(
    { clientsOf, logger: silent },
    {
      person: { user: 'U0TECH0001', team: 'T1' },
      triggerId: 't',
      place: { channel: 'C1' },
      title: 'A form',
      callbackId: 'a_form',
      metadata: 'ans_1',
      reopenButton: () => ({ actionId: 'again', value: 'ans_1' }),
    },
    () => {
      steps.push('look up')
      return fill()
    },
    async () => void steps.push('put back'),
  )
  return { steps, told }
}

describe('a form', () => {
  it('stands there before anything is looked up, and is filled then', async () => {
    const { steps, told } = await opened({})
    expect(steps).toEqual(['open empty', 'look up', expect.stringMatching(/^update true .*filled/)])
    expect(told).toEqual([])
  })

  it('says so when it cannot be filled', async () => {
    const { steps } = await opened({}, async () => {
      throw new UsageError('Somebody else has it.')
    })
    expect(steps.at(-1)).toContain('Somebody else has it.')
  })

  it.each([
    ['too late', { open: platform('expired_trigger_id') }],
    ['too late, where we may not speak', { open: platform('expired_trigger_id'), whisper: platform('not_in_channel') }],
    ['with its answer lost, and never there', { open: lostAnswer(), update: platform('not_found') }],
  ])('that opened %s puts back what it took, and can be opened again', async (_, faults) => {
    const { steps, told } = await opened(faults)
    expect(steps).toContain('put back')
    expect(told).toMatchObject([{ text: WORDS.notOpened }])
    expect(JSON.stringify(told[0]?.blocks)).toContain('"action_id":"again"')
  })

  it('whose opening lost its answer is filled all the same', async () => {
    const { steps, told } = await opened({ open: lostAnswer() })
    expect(steps.at(-1)).toContain('filled')
    expect(told).toEqual([])
  })

  it('that was closed before it was filled puts back what it took, without a word', async () => {
    const { steps, told } = await opened({ update: platform('not_found') })
    expect(steps.at(-1)).toBe('put back')
    expect(told).toEqual([])
  })
})
