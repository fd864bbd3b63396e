import { z } from 'zod'

/** What the judge looks at, and `better`: which answer it would send. */
export const CRITERIA = ['correctness', 'clarity', 'tone', 'better'] as const
export type Criterion = (typeof CRITERIA)[number]

const Tally = z.object({ wins: z.number(), losses: z.number(), ties: z.number(), p: z.number() })

const Pairing = z.object({
  /** Names of models: `wins` are the first one's. */
  model: z.string(),
  against: z.string(),
  /** Rows whose answers are the same to the letter: ties without asking. */
  same: z.number(),
  /** Rows judged in both orders. */
  judged: z.number(),
  byCriterion: z.object({ correctness: Tally, clarity: Tally, tone: Tally, better: Tally }),
  /** Rows in which the judge preferred another answer when their order was swapped: ties. */
  swayed: z.number(),
  /** Rows without a verdict, by why: never a win for anybody. */
  failed: z.number(),
  refused: z.number(),
  unreadable: z.number(),
})
export type Pairing = z.infer<typeof Pairing>

/** The judge's view of answers that people have voted on too. */
const Agreement = z.object({
  answers: z.number(),
  agreed: z.number(),
  /** Cohen's kappa; null of no answers, or where both always say the same. */
  kappa: z.number().nullable(),
})
export type Agreement = z.infer<typeof Agreement>

export const StoredJudgeReport = z.object({ model: z.string(), pairings: z.array(Pairing), agreement: Agreement })
export type JudgeReport = z.infer<typeof StoredJudgeReport>
