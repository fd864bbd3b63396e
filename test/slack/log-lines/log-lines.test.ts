import { describe, expect, it } from 'vitest'
import { CATEGORIES } from '../../../src/diagnosis/prompt.ts'
import { findLogLine, type LogLine, saveLogLine } from '../../../src/diagnosis/questions/log-line-records.ts'
import { countVotesByCategory } from '../../../src/feedback/review/overview-records.ts'
import { createInFlight } from '../../../src/lib/background.ts'
import { readLogVoteValue } from '../../../src/slack/blocks/ids.ts'
import { logLineMessage } from '../../../src/slack/blocks/log-line.ts'
import { SHARED_WORDS } from '../../../src/slack/blocks/words.ts'
import { logLineView } from '../../../src/slack/log-lines/correction-form.ts'
import { type LogLineListenerDeps, onCategorySent, onCategoryVote } from '../../../src/slack/log-lines/listeners.ts'
import { WORDS } from '../../../src/slack/log-lines/words.ts'
import { describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import { longText } from '../../support/hostile.ts'
import fc from '../../support/properties.ts'
import { NOON } from '../../support/rows.ts'
import { textIn } from '../../support/seat-reading.ts'
import { silent } from '../../support/silent.ts'
import { faultsOfMessage, faultsOfView, foreignTokens, liveLinks } from '../../support/slack-limits.ts'
import { catalog } from '../made-up.ts'

const lines: fc.Arbitrary<LogLine> = fc.record({
  id: fc.constant('log_01kb000000000000abcd'),
  team: fc.constant('T1'),
  asker: fc.constant('U0TECH0001'),
  line: longText,
  category: fc.option(fc.constantFrom(...CATEGORIES)),
  model: longText,
  created_at: fc.constant(NOON),
  vote: fc.constant(null),
  voted_ts: fc.constant(null),
})

describe('a sorted log line', () => {
  it('is a message and a form that Slack takes, whatever the line and the model are', () => {
    fc.assert(
      fc.property(
        lines,
        fc.option(fc.record({ question: longText, code: longText, note: longText })),
        (line, draft) => {
          const message = logLineMessage(line)
          const view = logLineView(line, draft, catalog)
          expect([...faultsOfMessage(message), ...faultsOfView(view)]).toEqual([])
          for (const shown of [message, view.blocks[0]])
            expect([...foreignTokens(shown), ...liveLinks(shown)]).toEqual([])
        },
      ),
      { numRuns: 80 },
    )
  })

  it('is offered to be sorted by its asker where no category was found', () => {
    const line = { ...(fc.sample(lines, 1)[0] ?? expect.fail()), category: null }
    const message = logLineMessage(line)
    expect(textIn(message.blocks)).toContain(SHARED_WORDS.chooseCategory)
    expect(JSON.stringify(message.blocks)).not.toContain('feedback_buttons')
    expect(JSON.stringify(logLineView(line, null, catalog).blocks)).toContain('Sensor_Fault')
  })

  it.each(['up:ans_1', 'up:log_', 'down:LOG_1', 'log_1', 'up:log_1;drop', ''])('is not read from %j', (value) => {
    expect(readLogVoteValue(value)).toBeNull()
  })
})

describeOnDatabases('presses on a sorted log line', (kind) => {
  const openDesk = async () => {
    const database = await kind.create()
    const told: unknown[] = []
    const opened: string[] = []
    const kept: unknown[] = []
    const inFlight = createInFlight(silent)
    const interactive = {
      chat: { postEphemeral: async (message: unknown) => void told.push(message) },
      views: {
        open: async () => undefined,
        update: async ({ view }: { view: unknown }) => void opened.push(textIn(view)),
      },
    }
    const parts = {
      ...{
        store: database.store,
        catalog,
        inFlight,
        logger: silent,
        now: () => NOON,
        outbox: { wake: () => undefined },
      },
      drafts: {
        save: async (form: unknown) => void kept.push(form),
        load: async () => null,
        discard: async () => undefined,
      },
      clientsOf: async () => ({ interactive, posting: interactive }),
    } as unknown as LogLineListenerDeps
    const asked = { team: 'T1', asker: 'U0TECH0001', line: 'voltage low', category: 'Security', model: 'ft:1' } as const
    return { database, parts, told, opened, kept, line: await saveLogLine(database.store, asked, NOON) }
  }
  const press = async (deps: LogLineListenerDeps, value: string, at: string, user = 'U0TECH0001') => {
    const body = {
      user: { id: user },
      team: { id: 'T1' },
      channel: { id: 'C1' },
      actions: [{ action_id: 'x', value, action_ts: at }],
    }
    await onCategoryVote(deps)({ body, ack: async () => {} } as unknown as Parameters<
      ReturnType<typeof onCategoryVote>
    >[0])
    await deps.inFlight.drain()
  }
  const at = (second: number) => `${1_764_000_000 + second}.000100`
  const voteOf = async ({ store }: TestDatabase, id: string) => (await findLogLine(store, id))?.vote

  it('count by their time, however they arrive, and are figures of the category', async () => {
    const { database, parts, opened, line } = await openDesk()
    await using _ = database
    await press(parts, `up:${line.id}`, at(5))
    await press(parts, `down:${line.id}`, at(4))
    expect(await voteOf(database, line.id)).toBe(1)
    await press(parts, `down:${line.id}`, at(6))
    await press(parts, `up:${line.id}`, at(6))
    expect(await voteOf(database, line.id)).toBe(-1)
    expect(opened).toHaveLength(2)
    const around = { since: 1_764_000_000_000, until: 1_764_000_010_000 }
    expect(await countVotesByCategory(database.store, around)).toEqual([{ code: 'Security', up: 0, down: 1 }])
    expect(await countVotesByCategory(database.store, { ...around, until: around.since + 1_000 })).toEqual([])
  })

  it('by anybody but its asker, and on a line that is gone, change nothing and say so', async () => {
    const { database, parts, told, opened, line } = await openDesk()
    await using _ = database
    await press(parts, `down:${line.id}`, at(1), 'U0OTHER001')
    await press(parts, 'down:log_01kb000000000000abcd', at(1))
    await press(parts, `up:${line.id}`, at(1), 'U0OTHER001')
    expect(told).toMatchObject([{ text: WORDS.logLineGone }])
    expect(opened).toHaveLength(2)
    for (const window of opened) expect(window).toContain(WORDS.logLineGone)
    expect(await voteOf(database, line.id)).toBeNull()
  })

  it('keep what was typed when the form cannot be saved', async () => {
    const { database, parts, kept, line } = await openDesk()
    await database[Symbol.asyncDispose]()
    const said: unknown[] = []
    const values = {
      code: { 'field:code': { selected_option: { value: 'Power' } } },
      question: { 'field:question': { value: 'voltage low' } },
    }
    const body = {
      user: { id: 'U0TECH0001' },
      team: { id: 'T1' },
      view: { id: 'V1', private_metadata: line.id, state: { values } },
    }
    await onCategorySent(parts)({
      body,
      ack: async (answer: unknown) => void said.push(answer),
    } as unknown as Parameters<ReturnType<typeof onCategorySent>>[0])
    expect(said).toEqual([{ response_action: 'errors', errors: { code: SHARED_WORDS.notSaved } }])
    expect(kept).toMatchObject([{ values: { code: 'Power', question: 'voltage low' } }])
  })
})
