export const WORDS = {
  cannotBeSent: 'Please choose a person of this workspace.',
  noLongerKnown: 'The catalog no longer knows this code. Please ask again.',
  assigned: 'You have been asked to go:',
  dueTomorrow: 'Due tomorrow:',
  workOrder: 'Your work order:',
} as const
