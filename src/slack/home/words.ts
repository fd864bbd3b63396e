import { lengthOf, waitingFigures } from '../../feedback/labels.ts'
import type { ReviewerStats, ReviewFigures } from '../../feedback/review/stats.ts'

export const WORDS = {
  homeIntro: 'Your questions, commands and corrections in one place.',
  homeForGuests: 'Commands and reviews are for members of this workspace.',
  howToAsk: 'How to ask',
  notInCatalog: 'not in the catalog',
  nothingAsked: 'You have not asked anything yet. Write me a message with the code on the display, such as `E-02`.',
  noAnswer: 'no answer',
  beingAnswered: 'being answered',
  openAnswer: 'Open',
  withdrawMeans: 'No later model learns from it, unless others proposed the same: for them it stays.',
  commandApproved: 'Approved. The command is on its way.',
  commandDenied: 'Denied. Nothing was sent.',
  commandWithdrawn: 'Withdrawn. Nothing was sent.',
  noAnswersYet: 'No answers in the last 24 hours.',
  noVotesYet: 'No votes in the last 30 days.',
  sameAsBars: 'The same as bars:',
} as const

/** How long corrections wait and how quickly they're decided, in one line. */
export function queueFigures(figures: ReviewFigures, days: number): string {
  const { waiting, decided, took } = figures
  const quick = took ? `, half of them within ${lengthOf(took.medianMs)}` : ''
  const wait = waiting === 0 ? [] : [waitingFigures(figures)]
  return [...wait, `${decided} decided in ${days} days${quick}`].join(' · ')
}

/** One reviewer's decisions, in one line. */
export function reviewerFigures({ approved, rejected, merged, took }: ReviewerStats): string {
  const counts = [`${approved} approved`, `${rejected} rejected`, ...(merged > 0 ? [`${merged} merged`] : [])]
  return `${counts.join(', ')}${took ? `, half within ${lengthOf(took.medianMs)}` : ''}`
}

/** The questions offered in an empty conversation. */
export const PROMPTS = [
  { title: 'Explain a code', message: 'My HydroCore unit HC5000-A-1138 is showing error E-02. What is wrong?' },
  { title: 'Low battery', message: 'What does W-10 mean?' },
  { title: 'Describe what you see', message: 'The turbidity reading is cloudy since the storm.' },
] as const
