import type { SUPPORTER_NOTICES } from '../../feedback/corrections/notices.ts'

export const WORDS = {
  rejectTitle: 'Reject',
  reviewTitle: 'Edit and approve',
  ownWords: 'Nobody agreed yet that this is trained on. By approving it you make it your own and agree:',
  reviewKept: 'What you typed is kept for a day; the correction is free for others meanwhile.',
  merged: 'Merged. Its weight and its people went to the other one.',
  correctionRejected: 'Rejected. Its author was told why.',
} as const

/** The author's notice about a review; null when there's nothing to tell. The text is escaped. */
export function decisionNotice(
  { status, target }: { status: string; target: string },
  { code, note, taught }: { code: string; note: string; taught: string },
): string | null {
  const yours = `Your correction${code ? ` for ${code}` : ''}`
  const next = target === 'catalog' ? 'It is taught once the catalog says so.' : 'The next model learns it.'
  const how = target === 'catalog' ? ' as a change of the catalog' : ''
  switch (status) {
    case 'approved':
      return `${yours} was approved${how}. ${next}`
    case 'edited_and_approved':
      return `${yours} was approved${how} with changes: “${taught}” ${next}`
    case 'rejected':
      return `${yours} was not taken over: ${note}`
    case 'duplicate':
      return `${yours} was proposed before, in other words. Yours adds weight to that one, and you will hear what becomes of it.`
    default:
      return null
  }
}

/** The supporters' notice that somebody else withdrew; `state` is one of {@link CORRECTION_STATES}. */
export function supporterNotice(news: (typeof SUPPORTER_NOTICES)[number], code: string, state: string): string {
  const yours = `Your correction${code ? ` for ${code}` : ''}`
  return news === 'passed_on'
    ? `${yours} goes on in your name: who had proposed the same before you withdrew it. Its state: ${state}. You can withdraw it too, in my Home tab.`
    : `${yours} waits for review again, in your own words: the one it was merged into was withdrawn.`
}
