import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Fault } from '../../../src/sandbox/model-server/start.ts'
import { PEOPLE } from '../../../src/sandbox/workspace/state/seed.ts'
import { SHARED_WORDS, unknownCode } from '../../../src/slack/blocks/words.ts'
import type { Seat } from '../../support/seat.ts'
import { readMessage } from '../../support/seat-reading.ts'
import { startTestApp, type TestApp } from '../../support/test-app.ts'
import { expectSoundCalls, inTurn, oneAnswer } from '../support/watching.ts'

const ALWAYS = { path: '/chat/completions', times: Number.POSITIVE_INFINITY }

/** The client tries again after this instead of after a second. */
const AT_ONCE = { headers: { 'retry-after-ms': '1' } }

/** Whatever the model does, the person gets one kind and correct message. */
describe('a model server', () => {
  let fixture: TestApp
  let next: () => Seat
  beforeAll(async () => {
    fixture = await startTestApp({ isTrained: false })
    next = inTurn(await Promise.all([PEOPLE.technician, PEOPLE.operator, PEOPLE.reviewer].map(fixture.seat)))
  })
  afterEach(() => fixture.sandbox.modelServer.faults.clear())
  afterAll(() => fixture[Symbol.asyncDispose]())

  const ask = async (text: string) => {
    const seat = next()
    return oneAnswer(fixture, seat, await seat.say(seat.dm, text))
  }
  const ails = (fault: Omit<Fault, 'path'>) => fixture.sandbox.modelServer.faults.add({ ...ALWAYS, ...fault })
  /** A stream in which the model says this. */
  const says = (text: string) =>
    ails({
      body: [{ delta: { content: text } }, { delta: {}, finish_reason: 'stop' }]
        .map((choice) => `data: ${JSON.stringify({ choices: [choice] })}\n\n`)
        .join(''),
    })

  it.each<[string, Omit<Fault, 'path'>, string]>([
    ['says nothing', { answer: 'empty' }, SHARED_WORDS.unreadable],
    ['says garbage', { answer: 'garbage' }, SHARED_WORDS.unreadable],
    ['answers HTML', { body: '<!doctype html><h1>Welcome to nginx</h1>' }, SHARED_WORDS.offline],
    ['answers 429', { status: 429, ...AT_ONCE }, SHARED_WORDS.offline],
    ['answers 500', { status: 500, ...AT_ONCE }, SHARED_WORDS.offline],
    ['answers 502 in HTML', { status: 502, body: '<html>Bad Gateway</html>', ...AT_ONCE }, SHARED_WORDS.offline],
    ['refuses our key', { status: 401 }, SHARED_WORDS.offline],
    ['does not know the model', { status: 404 }, SHARED_WORDS.offline],
    ['breaks off before the first word', { cutAfterChunks: 0 }, SHARED_WORDS.offline],
    ['breaks off in mid-stream', { cutAfterChunks: 3 }, SHARED_WORDS.offline],
  ])('that %s leaves the answer to the catalog, which says so', async (_, fault, proviso) => {
    ails(fault)
    const said = readMessage(await ask('E-02 on HC5000-A-1138'))
    expect(said).toContain('Turbidity sensor occlusion')
    expect(said).toContain('Trigger automated cleaning cycle')
    expect(said).toContain(proviso)
    expect(said).toContain('Run CLEAN_TURB')
    expect(said).not.toMatch(/nginx|Gateway|DEADBEEF|fault/i)
  })

  it('that breaks off once is asked again, and nobody notices', async () => {
    fixture.sandbox.modelServer.faults.clear()
    fixture.sandbox.modelServer.faults.add({ path: ALWAYS.path, cutAfterChunks: 3 })
    says(writtenFor('E-02', 'Trigger automated cleaning cycle'))
    const said = readMessage(await ask('E-02 after a cut'))
    expect(said).toContain('Trigger automated cleaning cycle')
    for (const caveat of [SHARED_WORDS.offline, SHARED_WORDS.disagreed, SHARED_WORDS.unreadable])
      expect(said).not.toContain(caveat)
  })

  it('that is away leaves unknown codes unknown, and says so', async () => {
    ails({ status: 500, ...AT_ONCE })
    expect(readMessage(await ask('what is E-99'))).toContain(unknownCode('E-99', ['E-01', 'E-02']))
  })

  it('that is away takes nothing from a question without a code: the person is asked for it', async () => {
    ails({ status: 500, ...AT_ONCE })
    const said = readMessage(await ask('Quarterly numbers for the board, please'))
    expect(said).toContain(SHARED_WORDS.notUnderstood)
  })

  it('that contradicts the catalog is not believed', async () => {
    says(writtenFor('E-02', 'Send REBOOT_COMM right now'))
    const said = readMessage(await ask('E-02, contradicted'))
    expect(said).toContain(SHARED_WORDS.disagreed)
    expect(said).toContain('Trigger automated cleaning cycle')
    expect(said).not.toContain('REBOOT_COMM')
  })

  it('that explains a code nobody knows is not believed', async () => {
    says(writtenFor('E-99', 'Hit it'))
    const said = readMessage(await ask('E-99, made up'))
    expect(said).toContain(unknownCode('E-99', ['E-01', 'E-02']))
    expect(said).not.toContain('Hit it')
  })

  it.each([
    ['mentions', 'Tell <!channel>, <!here> and <@U0OPER0001> in <#C0FIELD001>'],
    ['links', 'Log in at https://evil.example or <https://evil.example|here> or [here](https://evil.example)'],
    ['control characters', 'Wait\u0000 \u0007\u001b[31m now\u202e and \u200bthen'],
    ['marks', '*Wait* `now` ~then~ _there_ > quietly'],
    ['much to say', `Wait ${'and wait & <wait> '.repeat(60)}`],
  ])('that answers with %s means nothing by it in Slack', async (what, action) => {
    says(writtenFor('E-02', action))
    const answer = await ask(`E-02, with ${what}`)
    const { calls } = fixture.sandbox.workspace
    const posted = calls.findLast(
      ({ method, args }) => method === 'chat.postMessage' && args.thread_ts === answer.threadTs,
    )
    expect(JSON.stringify(posted?.args.blocks)).toContain('E-02 · Turbidity sensor occlusion')
    expectSoundCalls(fixture)
  })

  it('that never ends is cut, and the catalog answers', async () => {
    says('la '.repeat(50_000))
    const said = readMessage(await ask('E-02, endlessly'))
    expect(said).toContain('Turbidity sensor occlusion')
    expect(said.length).toBeLessThan(2_000)
  })

  it('that fails a log line is told of in plain words', async () => {
    ails({ status: 500, ...AT_ONCE })
    const seat = next()
    await seat.command('/classify Battery <!channel> at 4%')
    const told = await seat.waitFor(({ messages }) => messages.find((one) => readMessage(one).includes('at 4%')))
    expect(readMessage(told)).toContain('The assistant’s model cannot be reached')
    expect(told.text).not.toContain('<!channel>')
  })

  it('has never made the app send what Slack would misread', () => expectSoundCalls(fixture))
})

function writtenFor(code: string, action: string): string {
  return `Error Code ${code} indicates a 'Turbidity sensor occlusion'. Recommended Action: ${action} (command: CLEAN_TURB).`
}
