export const WORDS = {
  greeting:
    'Hello. Send me the error code of your HydroCore 5000 and, if you like, the device: `E-02 on HC5000-A-1138`.',
  nothingToRead:
    'I can read text only: a code such as `E-02`, a device such as `HC5000-A-1138`, or what you see. Pictures and files I cannot read.',
  tookTooLong: 'I could not get an answer in time.',
  usedUp: 'That’s a lot of questions in a short time. Please ask again in an hour; your buttons keep working.',
  thanks: 'You’re welcome.',
  resolved: 'Good to hear. I’m here if it comes back.',
  acknowledged: 'OK. Tell me how it goes.',
  off_topic: 'I can’t help with that. Ask me about a device, its code, or what you see on it.',
  tooOld: 'I was away when you asked, and your question is some time old now.',
  stopped: 'Stopped. Ask again whenever you like.',
  askTitle: 'Ask about a code',
  askQuestion: 'What is on the display, and on which device?',
  askExample: 'E-02 on HC5000-A-1138',
  asksInPrivate: 'I am not in this channel, so you find the answer in your direct messages with me.',
  answeredBefore: 'You asked me about this message before; the answer stands where I gave it then.',
  diagnoseUsage: 'Send a code or a question after the command: `/diagnose E-02 HC5000-A-1138`',
} as const
