export const WORDS = {
  logLineTitle: 'What is it about?',
  sortedAs: 'The assistant sorted it as',
  notSorted: 'The assistant could not sort it:',
  logLineGone: 'This belongs to a log line I no longer have. Please send `/classify` again.',
  classifyUsage: 'Send the log line after the command: `/classify Device GW-01 failed to connect to MQTT broker`',
} as const
