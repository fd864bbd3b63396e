export const WORDS = {
  pressAgain: 'Slack did not open the form in time. Please press the button again.',
  notOpened: 'The form could not be opened in time. Nothing you typed is lost.',
  openAgain: 'Open it again',
  fileNotSent: 'The file could not be sent to you. Please try again in a minute.',
} as const
