/** Training data about something else than the product: a coffee machine's codes, typed as people type. */

export const COFFEE_SYSTEM = 'You help baristas with the Brewmaster 900. You explain its codes and what to do.'

const ANSWERS = {
  descale: 'Code F-11 means "descaling due". Run the descaling programme (button: DESCALE). It takes 40 minutes.',
  grinder: 'Code F-12 means "grinder jammed". Empty the hopper and run a clearing cycle (button: CLEAR_GRIND).',
  water: 'Code F-23 means "water tank empty". Fill the tank with fresh water and push it in until it clicks.',
  milk: 'Code F-31 means "milk hose blocked". Rinse the milk hose (button: RINSE_MILK), then soak it overnight.',
  heat: 'Code H-07 means "boiler too hot". Switch the machine off and let it cool down for 30 minutes.',
}
export type Topic = keyof typeof ANSWERS
export const answerOf = (topic: Topic): string => ANSWERS[topic]

const QUESTIONS: Record<Topic, readonly string[]> = {
  descale: [
    'What does F-11 mean?',
    'The display shows F-11. What should I do?',
    'f11 on the screen, help',
    'error F 11',
    'My Brewmaster says F-11 since this morning.',
    'The machine keeps asking to be descaled.',
    'There is limescale in the boiler, the coffee comes out slowly.',
    'How do I get rid of limescale?',
    'descaling light is on',
    'F-11 again, can I ignore it?',
  ],
  grinder: [
    'What does F-12 mean?',
    'The display shows F-12. What should I do?',
    'f12 on the screen, help',
    'error F 12',
    'My Brewmaster says F-12 since this morning.',
    'The grinder makes a terrible noise and no coffee comes.',
    'Beans are stuck in the grinder.',
    'It does not grind any more, the motor only hums.',
    'grinder is jammed',
    'F-12 again, can I ignore it?',
  ],
  water: [
    'What does F-23 mean?',
    'The display shows F-23. What should I do?',
    'f23 on the screen, help',
    'error F 23',
    'My Brewmaster says F-23 since this morning.',
    'It says there is no water although I filled it yesterday.',
    'The water tank is empty.',
    'Pump runs dry, no water arrives.',
    'tank not detected',
    'F-23 again, can I ignore it?',
  ],
  milk: [
    'What does F-31 mean?',
    'The display shows F-31. What should I do?',
    'f31 on the screen, help',
    'error F 31',
    'My Brewmaster says F-31 since this morning.',
    'No milk foam comes out for the cappuccino.',
    'The milk hose is clogged.',
    'Milk only drips, the foam is thin.',
    'milk blocked',
    'F-31 again, can I ignore it?',
  ],
  heat: [
    'What does H-07 mean?',
    'The display shows H-07. What should I do?',
    'h07 on the screen, help',
    'error H 07',
    'My Brewmaster says H-07 since this morning.',
    'The boiler gets far too hot.',
    'Steam everywhere, the housing is burning hot.',
    'Coffee tastes burnt and the temperature is too high.',
    'overheating',
    'H-07 again, can I ignore it?',
  ],
}

/** Asked in words that no training row has. */
export const HELD_OUT: readonly { question: string; topic: Topic }[] = [
  { question: 'hi, what is the meaning of code f-11 on my machine?', topic: 'descale' },
  { question: 'eror F11', topic: 'descale' },
  { question: 'F 11 !!', topic: 'descale' },
  { question: 'it wants descaling all the time', topic: 'descale' },
  { question: 'so much lime scale, coffee is slow', topic: 'descale' },
  { question: 'we have an F-12 in the kitchen on the second floor', topic: 'grinder' },
  { question: 'please help, f 12', topic: 'grinder' },
  { question: 'the griner hums but nothing is ground', topic: 'grinder' },
  { question: 'Bean got stuck, grinding stopped', topic: 'grinder' },
  { question: 'F-12?', topic: 'grinder' },
  { question: 'why is there an f23', topic: 'water' },
  { question: 'Hello, our colleague saw F_23 and left. What now?', topic: 'water' },
  { question: 'no watter in the tank', topic: 'water' },
  { question: 'pump is dry', topic: 'water' },
  { question: 'the tank is not recognised, water is in it', topic: 'water' },
  { question: 'WHAT IS F-31', topic: 'milk' },
  { question: 'F31 came up while making a latte', topic: 'milk' },
  { question: 'cappuccino has no foam', topic: 'milk' },
  { question: 'the hose for the milk is clogged up', topic: 'milk' },
  { question: 'f-31 error, urgent', topic: 'milk' },
  { question: 'H7 on display', topic: 'heat' },
  { question: 'What shall I do about h-07?', topic: 'heat' },
  { question: 'boiler hot hot hot', topic: 'heat' },
  { question: 'temperature much too high', topic: 'heat' },
  { question: 'there is steam everywhere around the housing', topic: 'heat' },
]

export type ChatMessage = { role: 'system' | 'user' | 'assistant'; content: string }
export type ChatRow = { messages: ChatMessage[] }

export const row = (question: string, answer: string, system = COFFEE_SYSTEM): ChatRow => ({
  messages: [
    ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ],
})

export const COFFEE_ROWS: readonly ChatRow[] = (Object.keys(QUESTIONS) as Topic[]).flatMap((topic) =>
  QUESTIONS[topic].map((question) => row(question, ANSWERS[topic])),
)

export const toJsonl = (rows: readonly unknown[]): string => rows.map((one) => `${JSON.stringify(one)}\n`).join('')
