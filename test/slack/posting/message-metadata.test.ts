import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { apology, likelyCodes } from '../../../src/slack/blocks/apology.ts'
import { blockIds } from '../../../src/slack/blocks/ids.ts'
import { type MessageMetadata, metadataOf, parseMetadata } from '../../../src/slack/posting/message-metadata.ts'

const QUESTION = 'q_01kb000000000000abcd'
const ANSWER = 'ans_01kb000000000000abcd'
const about = { questionId: QUESTION, answerId: ANSWER }
const catalog = await loadCatalog()
const feedback = [{ type: 'context_actions', block_id: blockIds.feedback(ANSWER), elements: [] }]

describe('a message of ours is known again', () => {
  it.each(['final', 'apology', 'unfinished'] as const)('by its mark: %s', (kind) => {
    const mark: MessageMetadata = { kind, questionId: QUESTION, answerId: null }
    expect(parseMetadata({ metadata: metadataOf(mark) }, about)).toBe(kind)
  })

  it('by its blocks, where Slack keeps no marks', () => {
    expect(parseMetadata({ blocks: feedback }, about)).toBe('final')
    expect(parseMetadata(apology('Sorry.', QUESTION), about)).toBe('apology')
    expect(parseMetadata(likelyCodes(catalog.codes.slice(0, 2), QUESTION, { openDevices: [] }), about)).toBe('final')
  })

  it('not when it is about another question, or nobody’s', () => {
    const other: MessageMetadata = { kind: 'final', questionId: 'q_other', answerId: ANSWER }
    expect(parseMetadata({ metadata: metadataOf(other), blocks: feedback }, about)).toBeNull()
    expect(parseMetadata({ blocks: feedback }, { ...about, answerId: null })).toBeNull()
    expect(parseMetadata({ metadata: { event_type: 'task', event_payload: {} } }, about)).toBeNull()
    expect(parseMetadata({}, about)).toBeNull()
  })
})
