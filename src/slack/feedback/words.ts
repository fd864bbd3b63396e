import type { Submitted } from '../../feedback/corrections/correction-records.ts'

export const WORDS = {
  reactionAsk: 'Thank you. Would you tell us what is right?',
  correctionTitle: 'What is right?',
  notAnAnswer:
    'This is no answer of mine. Choose “Correct this answer” in the menu of a message in which I explained a code.',
  leaveEmpty: 'If it should not have answered at all, leave the next fields empty and say so below.',
  drafting: 'A model is writing a draft from the catalog and your note. Go on if you like: what you type stays.',
  drafted: 'Drafted by a model from the catalog and your note. Please read it before you send it.',
  noDraft: 'No draft could be made now. Nothing you typed is lost.',
  reactionAskButton: 'Tell us what is right',
} as const

/** What the author of a proposal is told. */
export const PROPOSED: Record<Submitted['how'], string> = {
  new: 'Thank you. Your correction is in the review queue; you will hear what becomes of it.',
  backed: 'Thank you. The same correction was proposed before; yours adds weight to it.',
  known: 'Thank you. You proposed this before, and it still waits for review.',
}
