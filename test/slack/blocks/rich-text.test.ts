import type { KnownBlock } from '@slack/types'
import { describe, expect, it } from 'vitest'
import { section } from '../../../src/slack/blocks/elements.ts'
import { toRichText, withRichText } from '../../../src/slack/blocks/rich-text.ts'
import { escapeMarked, escapeMrkdwn } from '../../../src/slack/platform/escaping.ts'
import { hostileText } from '../../support/hostile.ts'
import fc from '../../support/properties.ts'

const pieces = (mrkdwn: string) => {
  const [only] = toRichText(mrkdwn).elements
  return only?.type === 'rich_text_section' ? only.elements : expect.fail('one section of text')
}

describe('rich text', () => {
  it('has the marks of our own sections', () => {
    expect(pieces('*E-02 · Occlusion*\n_If not:_ send `CLEAN_TURB` &amp; wait.')).toEqual([
      { type: 'text', text: 'E-02 · Occlusion', style: { bold: true } },
      { type: 'text', text: '\n' },
      { type: 'text', text: 'If not:', style: { italic: true } },
      { type: 'text', text: ' send ' },
      { type: 'text', text: 'CLEAN_TURB', style: { code: true } },
      { type: 'text', text: ' & wait.' },
    ])
  })

  it('leaves names with underscores as they are', () => {
    expect(pieces('RECALIB_PH and CLEAN_TURB and 2*3*4')).toEqual([
      { type: 'text', text: 'RECALIB_PH and CLEAN_TURB and 2*3*4' },
    ])
  })

  it('loses no word and adds nothing but text, whatever it is given', () => {
    fc.assert(
      fc.property(hostileText(), hostileText(), (problem, action) => {
        const found = pieces(`*${escapeMarked(problem)}*\n${escapeMrkdwn(action)}`)
        expect(found.every(({ type }) => type === 'text')).toBe(true)
        const said = found.map((piece) => (piece.type === 'text' ? piece.text : '')).join('')
        const letters = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, '')
        const entities = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
        expect(letters(said)).toBe(letters(entities(escapeMarked(problem)) + entities(escapeMrkdwn(action))))
      }),
    )
  })

  it('takes the place of the first plain section, and of no other block', () => {
    const blocks: KnownBlock[] = [section('<@U1> pressed'), section('*one*'), section('two'), { type: 'divider' }]
    expect(withRichText(blocks).map(({ type }) => type)).toEqual(['section', 'rich_text', 'section', 'divider'])
  })
})
