export const WORDS = {
  thinking: 'is looking it up…',
  stillThinking: 'is still waiting for an answer…',
  stillWaiting: 'I am still waiting for an answer. It will appear here.',
  tryingAgain: 'I am trying again.',
  loading: ['Reading the code', 'Asking the assistant', 'Checking against the catalog'],
} as const
