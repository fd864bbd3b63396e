import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { apology, likelyCodes } from '../../../src/slack/blocks/apology.ts'
import { blockIds } from '../../../src/slack/blocks/ids.ts'
import { type Mark, metadataOf, readMark } from '../../../src/slack/posting/message-metadata.ts'

const QUESTION = 'q_01kb000000000000abcd'
const ANSWER = 'ans_01kb000000000000abcd'
const about = { questionId: QUESTION, answerId: ANSWER }
const catalog = await loadCatalog()
const feedback = [{ type: 'context_actions', block_id: blockIds.feedback(ANSWER), elements: [] }]

describe('a message of ours is known again', () => {
  it.each(['final', 'apology', 'unfinished'] as const)('by its mark: %s', (kind) => {
    const mark: Mark = { kind, questionId: QUESTION, answerId: null }
    expect(readMark({ metadata: metadataOf(mark) }, about)).toBe(kind)
  })

  it('by its blocks, where Slack keeps no marks', () => {
    expect(readMark({ blocks: feedback }, about)).toBe('final')
    expect(readMark(apology('Sorry.', QUESTION), about)).toBe('apology')
    expect(readMark(likelyCodes(catalog.codes.slice(0, 2), QUESTION), about)).toBe('final')
  })

  it('not when it is about another question, or nobody’s', () => {
    const other: Mark = { kind: 'final', questionId: 'q_other', answerId: ANSWER }
    expect(readMark({ metadata: metadataOf(other), blocks: feedback }, about)).toBeNull()
    expect(readMark({ blocks: feedback }, { ...about, answerId: null })).toBeNull()
    expect(readMark({ metadata: { event_type: 'task', event_payload: {} } }, about)).toBeNull()
    expect(readMark({}, about)).toBeNull()
  })
})
