export const WORDS = {
  againUnderWay: 'This command is still under way, or was offered again already.',
} as const
