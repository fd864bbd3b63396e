import { describe, expect, it } from 'vitest'
import type { SavedAnswer } from '../../../src/diagnosis/questions/question-records.ts'
import { MAX_CHARS } from '../../../src/feedback/corrections/corrections.ts'
import { differencesOf } from '../../../src/feedback/corrections/teachability.ts'
import { type AnswerShown, answerMessage, isNoAnswer } from '../../../src/slack/blocks/answer.ts'
import { apology, likelyCodes } from '../../../src/slack/blocks/apology.ts'
import { commandBlocks } from '../../../src/slack/blocks/command.ts'
import { correctionBlocks } from '../../../src/slack/blocks/correction.ts'
import { ACTION, readVoteValue } from '../../../src/slack/blocks/ids.ts'
import { reviewMessage } from '../../../src/slack/blocks/review.ts'
import { SHARED_WORDS, unknownCode } from '../../../src/slack/blocks/words.ts'
import { chooseDeviceView, deviceOptions } from '../../../src/slack/commands/device-view.ts'
import { correctionView } from '../../../src/slack/feedback/correction-form.ts'
import { WORDS as QUESTION_WORDS } from '../../../src/slack/questions/words.ts'
import { rejectView } from '../../../src/slack/reviews/reject-form.ts'
import { reviewView } from '../../../src/slack/reviews/review-form.ts'
import { longText } from '../../support/hostile.ts'
import fc from '../../support/properties.ts'
import { NOON } from '../../support/rows.ts'
import { textIn } from '../../support/seat-reading.ts'
import {
  faultsOfMessage,
  faultsOfView,
  foreignTokens,
  liveLinks,
  stringsIn,
  textsOf,
} from '../../support/slack-limits.ts'
import { answers, catalog, commands, corrections, devices, largeCatalog } from '../made-up.ts'

/** Slack takes it, and nothing foreign in it means anything to Slack. */
function expectSound(view: { text?: string; blocks: readonly unknown[] }, faults: readonly string[]): void {
  expect(faults).toEqual([])
  expect(foreignTokens(view)).toEqual([])
  expect(liveLinks(view)).toEqual([])
}

describe('an answer', () => {
  const shown: fc.Arbitrary<AnswerShown> = fc.record({
    answer: answers,
    commands: fc.array(commands, { maxLength: 5 }),
    devices: fc.array(devices, { maxLength: 3 }),
    hasFiles: fc.boolean(),
  })

  it('is a message Slack takes, whatever models, people and devices said', () => {
    fc.assert(
      fc.property(shown, (one) => {
        const message = answerMessage(one, catalog)
        expectSound(message, faultsOfMessage(message))
      }),
      { numRuns: 150 },
    )
  })

  it('is a message Slack takes when all there is to say is as long as it can be', () => {
    const words = '&<'.repeat(20_000)
    const finding = { ...plainFinding, problem: words, action: words, fallback: words }
    const findings = ['E-01', 'E-02', 'E-05', 'W-10', 'E-99'].map((code) => ({ ...finding, code }))
    const said = { ...plainCommand, state: 'awaiting_approval' as const, deviceMessage: words }
    const message = answerMessage(
      {
        answer: { ...plainAnswer, findings, model: words, catalog_version: words, device: words, question_text: words },
        commands: findings.map(({ code }) => ({ ...said, code })),
        devices: [],
        hasFiles: true,
      },
      catalog,
    )
    expect(faultsOfMessage(message)).toEqual([])
  })

  it('keeps its thumbs and its origin, however much there is to say', () => {
    fc.assert(
      fc.property(shown, (one) => {
        fc.pre(!isNoAnswer(one.answer))
        const { blocks } = answerMessage(one, catalog)
        expect(blocks.filter(({ type }) => type === 'context_actions')).toHaveLength(1)
        expect(blocks.at(-1)?.type).toBe('context')
      }),
      { numRuns: 100 },
    )
  })

  it('shows the count of votes in the line of its origin, and no side that nobody is on', () => {
    const last = (votes: { up: number; down: number } | null) =>
      textIn(answerMessage({ answer: plainAnswer, commands: [], devices: [], votes }, catalog).blocks.at(-1))
    expect(last({ up: 12, down: 1 })).toMatch(/catalog \S+ 👍 12 · 👎 1$/)
    expect(last({ up: 0, down: 3 })).toMatch(/catalog \S+ 👎 3$/)
    expect(last({ up: 0, down: 0 })).toBe(last(null))
  })

  it('is within the limits for a catalog of any size', () => {
    const large = largeCatalog(900)
    const unread = {
      ...plainAnswer,
      findings: [{ ...plainFinding, code: null, problem: null, verdict: 'unanswered' as const }],
    }
    const message = answerMessage({ answer: unread, commands: [], devices: [] }, large)
    expect(faultsOfMessage(message)).toEqual([])
  })

  it('tells of one code: what is wrong, what to do, what else, the device, the model, the catalog', () => {
    const { blocks } = answerMessage(
      { answer: plainAnswer, commands: [], devices: [{ id: 'HC5000-A-1138', isOnline: true }] },
      catalog,
    )
    const text = textsOf(blocks).join('\n')
    expect(text).toContain('*E-02 · Turbidity sensor occlusion*')
    expect(text).toContain(`*${SHARED_WORDS.whatToDo}:* Trigger automated cleaning cycle.`)
    expect(text).toContain('_Check physical sensor for debris if error persists._')
    expect(text).toContain('`HC5000-A-1138` · 🟢 online')
    expect(text).toContain('assistant `ft:one` · catalog 2026.11')
  })

  it.each([
    ['contradicted', 'model', SHARED_WORDS.disagreed],
    ['unanswered', 'model', SHARED_WORDS.unreadable],
    ['unanswered', 'catalog', SHARED_WORDS.offline],
    ['grounded', 'model', null],
  ] as const)('that is %s from the %s says so', (verdict, source, words) => {
    const answer = { ...plainAnswer, source, findings: [{ ...plainFinding, verdict }] }
    const texts = textsOf(answerMessage({ answer, commands: [], devices: [] }, catalog).blocks)
    for (const proviso of [SHARED_WORDS.disagreed, SHARED_WORDS.unreadable, SHARED_WORDS.offline])
      expect(texts.includes(proviso)).toBe(proviso === words)
  })

  it('about an unknown code says so, with the nearest known, and nothing else', () => {
    const finding = {
      ...plainFinding,
      code: 'E-99',
      typed: 'E-99',
      verdict: 'unknown_code' as const,
      problem: null,
      action: null,
    }
    const { text } = answerMessage(
      { answer: { ...plainAnswer, findings: [finding] }, commands: [], devices: [] },
      catalog,
    )
    expect(text).toBe(unknownCode('E-99', ['E-01', 'E-02']))
  })

  it('says that a long question was read in part', () => {
    const answer = { ...plainAnswer, question_text: 'E-02 '.repeat(2_000) }
    expect(textsOf(answerMessage({ answer, commands: [], devices: [] }, catalog).blocks)).toContain(
      SHARED_WORDS.tooLong,
    )
  })
})

describe('a command', () => {
  it('is a button that carries its id and nothing else, while it is offered', () => {
    fc.assert(
      fc.property(commands, (command) => {
        const blocks = commandBlocks({ ...command, state: 'offered' }, catalog, { namesDevice: false })
        expect(faultsOfMessage({ text: 'x', blocks })).toEqual([])
        expect(blocks).toMatchObject([{ elements: [{ action_id: ACTION.runCommand, value: command.id }] }])
        // Only a known device can be named by the confirmation; without one a form asks.
        expect(JSON.stringify(blocks).includes('"confirm"')).toBe(Boolean(command.device))
      }),
    )
  })

  it('shows its state, who pressed, and the device’s own words', () => {
    fc.assert(
      fc.property(commands, (command) => {
        fc.pre(command.state !== 'offered')
        const blocks = commandBlocks(command, catalog, { namesDevice: false })
        expect(faultsOfMessage({ text: 'x', blocks })).toEqual([])
        const text = textsOf(blocks).join('\n')
        expect(text).toContain(command.command)
        if (command.requestedBy) expect(text).toContain(`Pressed by <@${command.requestedBy.user}>`)
        expect(stringsIn(blocks).includes(ACTION.runCommand)).toBe(false)
        // Who asked sees it too.
        expect(stringsIn(blocks).includes(ACTION.approveCommand)).toBe(false)
      }),
    )
  })
})

describe('other messages', () => {
  it('are taken by Slack', () => {
    for (const words of [...Object.values(SHARED_WORDS), ...Object.values(QUESTION_WORDS)]) {
      const message = apology([words].flat().join('\n'), 'q_01kb')
      expectSound(message, faultsOfMessage(message))
    }
    const large = largeCatalog(3)
    for (const { codes } of [catalog, large]) {
      const message = likelyCodes(codes.slice(0, 3), 'q_01kb000000000000abcd', { openDevices: [] })
      expectSound(message, faultsOfMessage(message))
    }
  })
})

describe('the forms', () => {
  it('of a correction is one Slack takes, whatever stood in the answer', () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const view = correctionView(answer, catalog)
        expectSound(view, faultsOfView(view))
        expect(view.private_metadata).toBe(answer.id)
      }),
      { numRuns: 100 },
    )
  })

  it('of a correction holds the code that was answered, in a catalog of any size', () => {
    const large = largeCatalog(250)
    const finding = { ...plainFinding, code: 'E-240', command: 'RUN_239' }
    const view = correctionView({ ...plainAnswer, findings: [finding] }, large)
    expect(faultsOfView(view)).toEqual([])
    const initial = stringsIn(view.blocks.map((block) => ('element' in block ? block.element : null)).map(initialOf))
    expect(initial).toContain('E-240')
    expect(initial).toContain('RUN_239')
  })

  it('for choosing or typing a device is one Slack takes, and what it finds a menu', () => {
    const strict = { command: () => ({ ...(catalog.command('CLEAN_TURB') ?? expect.fail()), risk: 'medium' as const }) }
    fc.assert(
      fc.property(commands, fc.array(devices, { maxLength: 130 }), (command, all) => {
        for (const facts of [catalog, strict]) {
          const view = chooseDeviceView(command, facts)
          expectSound(view, faultsOfView(view))
        }
        const options = deviceOptions(all)
        expect(options.length).toBeLessThanOrEqual(100)
        for (const { text, value } of options) {
          expect(text.text.length).toBeLessThanOrEqual(75)
          expect(value.length).toBeLessThanOrEqual(75)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('for rejecting is one Slack takes', () => {
    expect(faultsOfView(rejectView('cor_01kb'))).toEqual([])
  })
})

describe('a correction in the queue', () => {
  const reader = { user: 'U0REVW0001', now: NOON }

  it('is shown in blocks Slack takes, whatever it says', () => {
    fc.assert(
      fc.property(corrections, (row) => {
        const view = { type: 'home', blocks: correctionBlocks(row, reader, catalog) }
        expectSound(view, faultsOfView(view))
      }),
      { numRuns: 100 },
    )
  })

  it('and what it does not agree with, too, in Home, in its form and in a channel', () => {
    const some = fc.array(corrections, { maxLength: 3 })
    fc.assert(
      fc.property(corrections, some, fc.boolean(), (row, others, isTeachable) => {
        const stands = { code: 'E-02', problem: 'p', action: 'a', command: null, fallback: null }
        const conflicts = {
          catalog: {
            statement: stands,
            differences: differencesOf(row, stands),
            isTeachable,
            newAdvice: ['bypass', '<!here>'],
          },
          approved: others.map((correction) => ({
            correction,
            differences: differencesOf(row, correction),
            isSameQuestion: true,
          })),
          waiting: others,
        }
        const home = { type: 'home', blocks: correctionBlocks(row, reader, catalog, conflicts) }
        expectSound(home, faultsOfView(home))
        const likely = others.map((correction, i) => ({ correction, isSameAnswer: i > 0 }))
        const notes = others.map(({ note }, i) => ({
          by: i > 0 ? 'terminal:x' : 'U0TECH0001',
          note: note ?? '<!here>',
        }))
        const form = reviewView(row, { conflicts, likely, notes, draft: { ...row, note: null } }, catalog)
        expectSound(form, faultsOfView(form))
        const message = reviewMessage(row, { now: NOON, catalog, conflicts })
        expectSound(message, faultsOfMessage(message))
      }),
      { numRuns: 50 },
    )
  })

  it('shows all that would be taught, however long the rest is', () => {
    const words = (letter: string, most: number) => `${letter.repeat(9)} `.repeat(most / 10).trim()
    const proposed = {
      question: words('q', MAX_CHARS.question),
      problem: words('p', MAX_CHARS.problem),
      action: words('a', MAX_CHARS.action),
      fallback: words('f', MAX_CHARS.fallback),
      command: 'CLEAN_TURB',
    }
    const taught = { ...proposed, kind: 'answer' as const }
    const [row = expect.fail()] = fc.sample(corrections, 1)
    const long = { ...row, ...taught, note: '&'.repeat(2_000), original_text: '<'.repeat(5_000) }
    const shown = textsOf(correctionBlocks(long, reader, catalog)).join('\n')
    for (const text of Object.values(proposed)) expect(shown).toContain(text)
  })

  it('shows the marks in it as text, so that a reviewer sees what a model would learn', () => {
    const [row = expect.fail()] = fc.sample(corrections, 1)
    const marked = {
      ...row,
      ...{ kind: 'answer' as const, code: 'E-02', problem: 'p', command: 'CLEAN_TURB' },
      question: 'a *b* `c`?',
      note: '```d``` ~e~',
      reason: 'unclear',
    }
    const shown = textsOf(correctionBlocks({ ...marked, action: 'Do _not_ wait' }, reader, catalog)).join('\n')
    for (const text of ['a ∗b∗ ˋcˋ?', 'Do ˍnotˍ wait', 'CLEAN_TURB', 'ˋˋˋdˋˋˋ ∼e∼']) expect(shown).toContain(text)
  })

  it('offers no decision on one’s own', () => {
    const [row = expect.fail()] = fc.sample(corrections, 1)
    const free = { ...row, lease_owner: null, lease_until: null, first_approver: null, consent: 'yes' }
    const actionsFor = (user: string) =>
      stringsIn(correctionBlocks({ ...free, author: 'U0TECH0001' }, { ...reader, user }, catalog))
    expect(actionsFor('U0TECH0001')).not.toContain(ACTION.approve)
    expect(actionsFor('U0REVW0001')).toContain(ACTION.approve)
    const backed = { ...reader, user: 'U0REVW0001', own: new Set([free.id]) }
    expect(stringsIn(correctionBlocks(free, backed, catalog))).not.toContain(ACTION.approve)
  })
})

describe('a vote’s value', () => {
  it('comes back as it went in', () => {
    const answer = plainAnswer
    const { blocks } = answerMessage({ answer, commands: [], devices: [] }, catalog)
    const values = stringsIn(blocks)
      .map(readVoteValue)
      .filter((vote) => vote !== null)
    expect(values).toEqual([
      { value: 1, answerId: answer.id },
      { value: -1, answerId: answer.id },
    ])
  })

  it('that anyone made up is none', () => {
    const odd = [
      '',
      'up',
      'up:',
      'up:cor_01',
      'sideways:ans_01',
      'up:ans_01\n',
      ' up:ans_01',
      'up:ans_<!channel>',
      `up:ans_${'0'.repeat(99)}`,
    ]
    for (const value of odd) expect(readVoteValue(value)).toBeNull()
    fc.assert(fc.property(longText, (value) => void readVoteValue(value)))
  })
})

const plainFinding: SavedAnswer['findings'][number] = {
  answer_id: 'ans_01kb',
  position: 0,
  code: 'E-02',
  verdict: 'grounded',
  problem: 'Turbidity sensor occlusion',
  action: 'Trigger automated cleaning cycle',
  command: 'CLEAN_TURB',
  fallback: 'Check physical sensor for debris if error persists.',
  typed: 'E-02',
  step: 0,
  devices: '["HC5000-A-1138"]',
}

const [plainCommand = expect.fail()] = fc.sample(commands, 1)
const plainAnswer: SavedAnswer = {
  id: 'ans_01kb',
  question_id: 'q_01kb',
  team: 'T1',
  channel: 'C1',
  message_ts: null,
  thread_ts: null,
  asker: 'U0TECH0001',
  question_text: 'E-02 on HC5000-A-1138',
  model_text: 'as the model wrote it',
  source: 'model',
  model: 'ft:one',
  canary_id: null,
  canary_arm: null,
  strategy: 'fine-tuned',
  catalog_version: '2026.11',
  device: 'HC5000-A-1138',
  open_devices: null,
  latency_ms: 12,
  created_at: 0,
  findings: [plainFinding],
}

const initialOf = (element: unknown) =>
  typeof element === 'object' && element !== null && 'initial_option' in element ? element.initial_option : null
