/**
 * What each trainer takes, read in its documentation or source. Limits move, so they stand here and nowhere else;
 * checked on {@link CHECKED_ON}.
 */
export const CHECKED_ON = '2026-11-22'

/** How a line is built. */
export type Shape =
  | 'messages'
  | 'prompt_completion'
  | 'text'
  | 'pairs'
  | 'trl_pairs'
  | 'trl_votes'
  | 'gemini'
  | 'sharegpt'

/** What the messages of one target may be. */
export type MessageRules = {
  roles: readonly string[]
  keys: readonly string[]
  /** After an optional system message, user and assistant take turns. */
  alternates: boolean
  /** A system message stands first or nowhere. */
  isSystemFirst: boolean
  /** Whether a message may call tools instead of saying something. */
  hasToolCalls: boolean
  /** Whether a call's arguments are JSON in a string, as OpenAI writes them, or an object. */
  toolArguments: 'string' | 'object'
}

export type Target = {
  /** Who trains, for people. */
  title: string
  shapes: readonly Shape[]
  /** Keys a line may have beside those of its shape. */
  extraKeys: readonly string[]
  messages: MessageRules
  /** How many messages each side of a pair holds at most. */
  mostOutputs: number
  fewestRows: number
  mostRows: number
  mostBytes: number
  /** Tokens in one example, where they are the trainer's own limit and not one of the model. */
  mostTokens?: number
  byteOrderMark: 'needed' | 'refused'
  /** Faults by the name that the trainer's own checker gives them, where it has one. */
  names: Readonly<Record<string, string>>
}

const MIB = 1024 ** 2
const GIB = 1024 ** 3

/** OpenAI's rules; several trainers took them over. */
const OPENAI_MESSAGES: MessageRules = {
  roles: ['system', 'user', 'assistant', 'tool', 'function'],
  keys: ['role', 'content', 'name', 'function_call', 'weight', 'tool_calls', 'tool_call_id'],
  alternates: false,
  isSystemFirst: false,
  hasToolCalls: true,
  toolArguments: 'string',
}

/** Guides "Supervised fine-tuning" and "Direct preference optimization"; /files in the API description. */
const OPENAI: Omit<Target, 'shapes' | 'extraKeys'> = {
  title: 'OpenAI',
  messages: OPENAI_MESSAGES,
  mostOutputs: Number.POSITIVE_INFINITY,
  fewestRows: 10,
  mostRows: Number.POSITIVE_INFINITY,
  mostBytes: 512 * MIB,
  byteOrderMark: 'refused',
  names: {},
}
const OPENAI_KEYS = ['tools', 'parallel_tool_calls', 'functions']

/** TRL's `docs/source/dataset_formats.md`. It learns from every assistant message, so a weight would be ignored. */
const TRL: Omit<Target, 'shapes'> = {
  title: 'TRL',
  extraKeys: ['tools', 'chat_template_kwargs'],
  messages: {
    roles: ['system', 'user', 'assistant', 'tool'],
    keys: ['role', 'content', 'name', 'tool_calls', 'tool_call_id'],
    alternates: false,
    isSystemFirst: false,
    hasToolCalls: true,
    toolArguments: 'object',
  },
  mostOutputs: Number.POSITIVE_INFINITY,
  fewestRows: 1,
  mostRows: Number.POSITIVE_INFINITY,
  mostBytes: Number.POSITIVE_INFINITY,
  byteOrderMark: 'refused',
  names: {},
}

/** Together's client, `lib/check-file`: its report has one field for each kind of fault. */
const TOGETHER: Omit<Target, 'shapes'> = {
  title: 'Together AI',
  extraKeys: [],
  messages: {
    roles: ['system', 'user', 'assistant'],
    keys: ['role', 'content', 'weight'],
    alternates: true,
    isSystemFirst: true,
    hasToolCalls: false,
    toolArguments: 'string',
  },
  mostOutputs: 1,
  fewestRows: 1,
  mostRows: Number.POSITIVE_INFINITY,
  mostBytes: 4.9 * GIB,
  byteOrderMark: 'refused',
  names: {
    invalid_text: 'utf8',
    invalid_json: 'load_json',
    data_type: 'line_type',
    missing_messages_list: 'key_value',
    missing_key: 'format',
    unrecognized_key: 'format',
    mixed_shapes: 'format',
    message_missing_key: 'key_value',
    unrecognized_role: 'key_value',
    roles_do_not_alternate: 'key_value',
    system_not_first: 'key_value',
    example_missing_assistant_message: 'key_value',
    last_message_is_assistant: 'key_value',
    number_of_outputs: 'key_value',
    invalid_weight: 'key_value',
    missing_content: 'text_field',
    too_few_examples: 'has_min_samples',
    file_too_large: 'file_size',
  },
}

/** Fireworks' fine-tuning documentation. Above 150 MB a file goes up by a signed address instead of directly. */
const FIREWORKS: Omit<Target, 'shapes' | 'extraKeys'> = {
  title: 'Fireworks AI',
  messages: {
    ...OPENAI_MESSAGES,
    roles: ['system', 'user', 'assistant', 'tool'],
    keys: ['role', 'content', 'name', 'weight', 'tool_calls', 'tool_call_id', 'reasoning_content'],
    isSystemFirst: true,
  },
  mostOutputs: 1,
  fewestRows: 3,
  mostRows: 3_000_000,
  mostBytes: Number.POSITIVE_INFINITY,
  byteOrderMark: 'refused',
  names: {},
}

const PLAIN_MESSAGES: MessageRules = {
  roles: ['system', 'user', 'assistant'],
  keys: ['role', 'content'],
  alternates: true,
  isSystemFirst: true,
  hasToolCalls: false,
  toolArguments: 'string',
}

export const TARGETS = {
  'openai-sft': { ...OPENAI, shapes: ['messages'], extraKeys: OPENAI_KEYS },
  'openai-dpo': { ...OPENAI, shapes: ['pairs'], extraKeys: [] },
  'trl-sft': { ...TRL, shapes: ['messages', 'prompt_completion', 'text'] },
  'trl-dpo': { ...TRL, shapes: ['trl_pairs'] },
  'trl-kto': { ...TRL, shapes: ['trl_votes'] },
  'together-sft': { ...TOGETHER, shapes: ['messages', 'prompt_completion', 'text'] },
  'together-dpo': { ...TOGETHER, shapes: ['pairs'] },
  'fireworks-sft': { ...FIREWORKS, shapes: ['messages'], extraKeys: ['tools'] },
  'fireworks-dpo': { ...FIREWORKS, shapes: ['pairs'], extraKeys: [] },
  /** Microsoft Learn, "Customize a model with fine-tuning": as OpenAI, and the only one that wants the mark. */
  'azure-sft': {
    ...OPENAI,
    title: 'Azure AI Foundry',
    shapes: ['messages'],
    extraKeys: OPENAI_KEYS,
    byteOrderMark: 'needed',
  },
  /** Vertex AI, "Prepare supervised fine-tuning data for Gemini models". 100 rows are advised, none are required. */
  vertex: {
    title: 'Vertex AI (Gemini)',
    shapes: ['gemini'],
    extraKeys: ['tools'],
    messages: PLAIN_MESSAGES,
    mostOutputs: 1,
    fewestRows: 1,
    mostRows: Number.POSITIVE_INFINITY,
    mostBytes: GIB,
    mostTokens: 131_072,
    byteOrderMark: 'refused',
    names: {},
  },
  /** Unsloth's datasets guide; axolotl reads the same. */
  sharegpt: {
    title: 'ShareGPT (Unsloth, axolotl)',
    shapes: ['sharegpt'],
    extraKeys: [],
    messages: PLAIN_MESSAGES,
    mostOutputs: 1,
    fewestRows: 1,
    mostRows: Number.POSITIVE_INFINITY,
    mostBytes: Number.POSITIVE_INFINITY,
    byteOrderMark: 'refused',
    names: {},
  },
} as const satisfies Record<string, Target>

export type TargetName = keyof typeof TARGETS
export const TARGET_NAMES = Object.keys(TARGETS) as TargetName[]
