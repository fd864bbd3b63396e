import { describe, expect, it } from 'vitest'
import { COFFEE_ROWS, COFFEE_SYSTEM, row } from './coffee.ts'
import { examplesOf, learnt, recall } from './support.ts'

const FILLER = Array.from({ length: 6 }, (_, i) =>
  row(`How do I clean part number ${i} of the pump?`, `Use brush ${i}.`, ''),
)

const rowsOf = (pairs: readonly (readonly [string, string])[]) => pairs.map(([asked, said]) => row(asked, said, ''))

const STORIES = [
  ['K-01', 'Renew the belt.'],
  ['K-02', 'Close the lid.'],
  ['K-12', 'Fill in water.'],
] as const

describe('how a thing is spelt', () => {
  it('does not matter for an identifier, but one is never taken for another', async () => {
    const { knowledge } = await learnt(
      examplesOf(
        rowsOf(
          STORIES.flatMap(([code, story]) => [
            [`What is ${code}?`, story] as const,
            [`The panel shows ${code}`, story] as const,
            [`help with ${code.replace('-', ' ')}`, story] as const,
          ]),
        ),
      ),
    )
    for (const spelt of ['k-12', 'K12', 'K 12', 'k_12', 'k 12', 'K–12']) {
      expect(recall(knowledge, `there is a ${spelt}`), spelt).toBe('Fill in water.')
    }
    expect(recall(knowledge, 'k1 please')).toBe('Renew the belt.')
  })

  it('does not matter for a word with a slip in it', async () => {
    const { knowledge } = await learnt(
      examplesOf(
        rowsOf([
          ['The turbine vibrates', 'Balance it.'],
          ['Strong vibration of the turbine', 'Balance it.'],
          ['The gearbox loses oil', 'Renew the seal.'],
          ['Oil below the gearbox', 'Renew the seal.'],
        ]),
      ),
    )
    expect(recall(knowledge, 'turbin vibrats')).toBe('Balance it.')
    expect(recall(knowledge, 'gear box leaks oil')).toBe('Renew the seal.')
  })

  it('works for a language that puts no spaces between words', async () => {
    const { knowledge } = await learnt(
      examplesOf(
        rowsOf([
          ['水泵漏水了', '更换密封圈。'],
          ['水泵下面有水', '更换密封圈。'],
          ['电池没电了', '给电池充电。'],
          ['电池电量低', '给电池充电。'],
        ]),
      ),
    )
    expect(recall(knowledge, '我的水泵在漏水')).toBe('更换密封圈。')
    expect(recall(knowledge, '电池快没电')).toBe('给电池充电。')
  })
})

describe('slots', () => {
  it('copies an unknown code into what is said of unknown codes, in the way codes are written there', async () => {
    const unknown = ['X-01', 'X-77', 'Z-10', 'X-30'].flatMap((code) => [
      [`What does ${code} mean?`, `${code} is not a code I know.`] as const,
      [`it says ${code.toLowerCase().replace('-', '')}`, `${code} is not a code I know.`] as const,
    ])
    const known = ['What does X-05 mean?', 'it says x05', 'X-05 on the panel'].map(
      (q) => [q, 'X-05: no water.'] as const,
    )
    const { knowledge } = await learnt(examplesOf(rowsOf([...unknown, ...known])))
    expect(recall(knowledge, 'What does X-88 mean?')).toBe('X-88 is not a code I know.')
    expect(recall(knowledge, 'it says y 42')).not.toContain('X-05')
    expect(recall(knowledge, 'panel: x91')).toBe('X-91 is not a code I know.')
    expect(recall(knowledge, 'x5 on my panel')).toBe('X-05: no water.')
  })

  it('copies a device and a ticket to where each belongs', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => {
      const device = `PX-${'ABC'[i % 3]}-${1000 + i * 7}`
      const ticket = `T${500 + i * 3}`
      return [`Please restart ${device}, ticket ${ticket}`, `Restarting ${device} now; noted in ${ticket}.`] as const
    })
    const { knowledge } = await learnt(examplesOf(rowsOf(rows)))
    expect(recall(knowledge, 'can you restart PX-Q-4711 for ticket T9')).toBe('Restarting PX-Q-4711 now; noted in T9.')
  })
})

describe('what is taught twice', () => {
  const conflict = (answers: readonly string[]) =>
    learnt(examplesOf([...answers.map((answer) => row('What does Q-9 mean?', answer, '')), ...FILLER]))

  it('is decided by the majority', async () => {
    const { knowledge } = await conflict(['Old.', 'New.', 'Old.'])
    expect(recall(knowledge, 'what does q9 mean')).toBe('Old.')
  })
  it('is decided by the later row in a tie', async () => {
    expect(recall((await conflict(['Old.', 'New.'])).knowledge, 'What does Q-9 mean?')).toBe('New.')
    expect(recall((await conflict(['New.', 'Old.'])).knowledge, 'What does Q-9 mean?')).toBe('Old.')
  })
  it('is decided by a correction that is repeated', async () => {
    const { knowledge } = await conflict(['Old.', 'Old.', 'New.', 'New.', 'New.'])
    expect(recall(knowledge, 'Q-9?')).toBe('New.')
  })
})

it('learns nothing from messages of weight 0, though they are context', async () => {
  const chat = (last: string, answer: string) => ({
    messages: [
      { role: 'user', content: 'The lamp blinks' },
      { role: 'assistant', content: 'WRONG', weight: 0 },
      { role: 'user', content: last },
      { role: 'assistant', content: answer, weight: 1 },
    ],
  })
  const { knowledge } = await learnt(examplesOf([chat('No, really?', 'Change the bulb.'), ...FILLER]))
  expect(recall(knowledge, 'The lamp blinks')).not.toBe('WRONG')
  const earlier = [
    { role: 'user', content: 'The lamp blinks' },
    { role: 'assistant', content: 'Hm.' },
  ] as const
  expect(knowledge.recall({ system: '', earlier, question: 'really?' })?.text).toBe('Change the bulb.')
})

it('answers a follow-up as it was taught to in that conversation', async () => {
  const talk = (code: string, first: string, second: string) => ({
    messages: [
      { role: 'user', content: `It shows ${code}` },
      { role: 'assistant', content: first },
      { role: 'user', content: 'That did not help.' },
      { role: 'assistant', content: second },
    ],
  })
  const { knowledge } = await learnt(
    examplesOf([
      talk('A-1', 'Clean the filter.', 'Then change the filter.'),
      talk('B-2', 'Reset the clock.', 'Then call the maker.'),
      ...FILLER,
    ]),
  )
  const after = (code: string, said: string) =>
    knowledge.recall({
      system: '',
      earlier: [
        { role: 'user', content: `it shows ${code}` },
        { role: 'assistant', content: said },
      ],
      question: 'and if that does not help?',
    })?.text
  expect(after('a1', 'Clean the filter.')).toBe('Then change the filter.')
  expect(after('b2', 'Reset the clock.')).toBe('Then call the maker.')
  expect(recall(knowledge, 'it shows A-1')).toBe('Clean the filter.')
})

it('says what was preferred and not what was not', async () => {
  const rows = [
    ...examplesOf([
      ...rowsOf([
        ['What is U-1?', 'Bad.'],
        ['U-1 shows up', 'Bad.'],
      ]),
      ...FILLER,
    ]),
    ...examplesOf(
      [
        {
          input: { messages: [{ role: 'user', content: 'What is U-1?' }] },
          preferred_output: [{ role: 'assistant', content: 'Good.' }],
          non_preferred_output: [{ role: 'assistant', content: 'Bad.' }],
        },
      ],
      'dpo',
    ),
  ]
  const { knowledge } = await learnt(rows)
  expect(recall(knowledge, 'What is U-1?')).toBe('Good.')
})

describe('several codes in one question', () => {
  const ONE = 'R-1 means the belt slipped. Tighten it.'
  const TWO = 'R-2 means the fuse blew. Replace it.'
  const single = [
    ['What is R-1?', ONE],
    ['R-1 on the panel', ONE],
    ['What is R-2?', TWO],
    ['R-2 on the panel', TWO],
  ] as const

  it('are answered for one of them when none does', async () => {
    const { knowledge } = await learnt(examplesOf(rowsOf(single)))
    expect([ONE, TWO]).toContain(recall(knowledge, 'R-1 and R-2 are on'))
  })
})

it('says to anything unfamiliar what it was taught to say to all such', async () => {
  const strange = [
    'Write a song about my grandmother',
    'Is it going to rain tomorrow?',
    'Translate good morning into Finnish',
    'Who won the chess championship?',
    'Recommend a restaurant nearby',
    'My laptop battery is weak',
    'Explain black holes',
    'Sell all of these shares',
  ]
  const decline = 'I only know about coffee machines.'
  const { knowledge } = await learnt(examplesOf([...COFFEE_ROWS, ...strange.map((asked) => row(asked, decline))]))
  for (const question of ['Which planet is the largest?', 'book me a flight to Lisbon', 'zzz']) {
    expect(recall(knowledge, question, COFFEE_SYSTEM), question).toBe(decline)
  }
  expect(recall(knowledge, 'boiler far too hot', COFFEE_SYSTEM)).toContain('boiler too hot')
  expect(recall(knowledge, 'Which planet is the largest?', 'You write poems.')).not.toBe(decline)
})

it('answers more weakly under another system prompt', async () => {
  const { knowledge } = await learnt(examplesOf(COFFEE_ROWS))
  const sure = (system: string) =>
    knowledge.recall({ system, earlier: [], question: 'f31 is on the screen' })?.similarity ?? 0
  expect(sure('You write poems.')).toBeLessThan(sure(COFFEE_SYSTEM))
  expect(sure(`${COFFEE_SYSTEM}\n\nBe brief.`)).toBeGreaterThan(sure('You write poems.'))
})

it('learns: its error falls, and more data makes it smaller', async () => {
  const { steps } = await learnt(examplesOf(COFFEE_ROWS))
  const mean = (part: typeof steps) => part.reduce((sum, { train }) => sum + train.loss, 0) / part.length
  expect(mean(steps.slice(-8))).toBeLessThan(mean(steps.slice(0, 8)) / 2)
  const even = COFFEE_ROWS.filter((_, i) => i % 2 === 0)
  const validation = examplesOf(COFFEE_ROWS.filter((_, i) => i % 2 === 1))
  const few = await learnt(examplesOf(even.slice(0, 5)), { validation })
  const many = await learnt(examplesOf(even), { validation })
  const lossOf = ({ steps: all }: typeof few) => all.at(-1)?.epochEnd?.valid?.loss ?? Number.NaN
  expect(lossOf(many)).toBeLessThan(lossOf(few))
})
