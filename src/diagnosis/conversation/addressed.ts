import type { Reading } from '../reading/read-message.ts'

export type InThread = {
  reading: Reading
  /** Whether the person asked a question of this thread. */
  isAsker: boolean
  /** Whether it speaks to somebody else by mention. */
  mentionsOthers: boolean
  /** Whether it describes a symptom. */
  isSymptom: boolean
  /** The devices of ours that it names. */
  namesDevice: boolean
}

/**
 * Whether a message in a thread we answered is meant for us though it doesn't mention us. In doubt it isn't: an answer
 * too many costs trust.
 */
export function isAddressed({ reading, isAsker, mentionsOthers, isSymptom, namesDevice }: InThread): boolean {
  const { act, asked, denied, tone } = reading
  if (mentionsOthers) return false
  const isAmongPeople = tone.isAmongPeople !== 'no'
  const asks = tone.asksForAdvice || (tone.isQuestion && !isAmongPeople)
  if (asked.length > 0) return asks || !isAmongPeople || (isAsker && tone.isAmongPeople === 'perhaps')
  if (act === 'thanks' || act === 'resolved' || act === 'acknowledged') return false
  if (act === 'greeting' || act === 'nothing') return false
  if (tone.isAmongPeople === 'yes') return false
  if (!isAsker) return namesDevice ? asks || (tone.isSameAgain && !isAmongPeople) : isSymptom && tone.asksForAdvice
  if (act === 'follow_up' || denied.length > 0) return true
  if (isAmongPeople || tone.isOfOtherThing) return false
  return namesDevice || isSymptom || (tone.asksForAdvice && tone.isOnTheMatter)
}
