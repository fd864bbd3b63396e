import fc from './properties.ts'

/** What people, models and devices can send that means something to Slack, to a terminal, to JSON or to our parser. */
const PIECES = [
  ...['<!channel>', '<!here|x>', '<!everyone>', '<!subteam^S0OPERATOR>', '<@U0TECH0001>', '<@U0TECH0001|tessa>'],
  ...['<#C0FIELD001|field>', '<https://evil.example/?q=1|click>', '<mailto:a@b.example|x>', '<!date^1^{date}|x>'],
  ...[
    'https://evil.example',
    'HTTP://evil.example/x',
    'mailto:a@b.example',
    '[label](https://evil.example)',
    '](',
    '<<',
  ],
  ...['&', '&amp;', '&lt;', '&#60;', '&lt;!channel&gt;', '<', '>', '`', '```', '*', '_', '~', '|', '"', "'", '\\'],
  ...[
    '\u0000',
    '\u0007',
    '\u001b[31m',
    '\u009b',
    '\u200b',
    '\u202e',
    '\ufeff',
    '\u2028',
    '\ud83d',
    '\udd27',
    '🔧',
    '👩‍🔧',
  ],
  ...['\n', '\r\n', '\t', '\n> ', ' ', '  '],
  ...['E-02', 'E-99', 'CLEAN_TURB', 'REBOOT_COMM', '(command: REBOOT_COMM)', ' indicates a ', 'Recommended Action: '],
  ...[
    "Error Code E-02 indicates a 'Turbidity sensor occlusion'. Recommended Action: Wait.",
    '__proto__',
    'constructor',
  ],
] as const

/** Any text, with what is dangerous in it more often than chance would have it. */
export const hostileText = (most = 40): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'grapheme', maxLength: 8 })), { maxLength: most })
    .map((pieces) => pieces.join(''))

/** The same, long enough to strike every limit of Slack. */
export const longText: fc.Arbitrary<string> = fc
  .tuple(hostileText(6), fc.constantFrom(1, 60, 900, 12_000))
  .map(([piece, times]) => piece.repeat(times).slice(0, 40_000))
