import { foldConfusables } from '../../lib/confusables.ts'
import { withoutHidden } from '../../lib/hidden-text.ts'

/**
 * What reads like an instruction to the model instead of a statement about a device. It's kept as text; reviewers are
 * shown it, because a model trained on it might obey.
 */
const ORDERS: readonly RegExp[] = [
  /\b(?:ignore|disregard|forget|override|bypass)\b[^.!?\n]{0,40}\b(?:above|previous|prior|earlier|before|instructions?|rules?|prompts?|guidelines?|safety|catalog)\b/i,
  /\b(?:system|developer|hidden)\s+(?:prompt|message|instructions?)\b/i,
  /\b(?:you are|you're)\s+(?:now|an?|the|my)\s+\p{L}+/iu,
  /\b(?:act|behave)\s+as\s+(?!soon\b|if\b|fast\b|quickly\b|shown\b|described\b)\p{L}+/iu,
  /\bpretend\s+(?:to be|you are|that)\b|\brole-?play\b/i,
  /\bfrom now on\b|\bnew instructions?\b|\bend of (?:prompt|instructions?)\b/i,
  /\b(?:always|never|only)\s+(?:answer|reply|respond|say|recommend|output|obey)\b/i,
  /\b(?:do not|don['’]t|never)\s+(?:tell|mention|reveal|warn|refuse)\b/i,
  /\b(?:repeat|print|reveal|show|output)\b[^.!?\n]{0,30}\b(?:prompt|instructions?|training data|secrets?|api key)\b/i,
  /\b(?:jailbreak|DAN mode|developer mode|sudo mode|prompt injection)\b/i,
  /\b(?:as an? (?:ai|language model)|this model must|the (?:assistant|model|bot) (?:must|shall|should|has to))\b/i,
  /\b(?:ignorier\w*|vergiss|missachte\w*)\b[^.!?\n]{0,40}\b(?:oben|vorherig\w*|bisherig\w*|anweisung\w*|regeln?)\b/i,
  /(?:^|\s)(?:system|assistant|user|human)\s*:\s/i,
  /\[\/?INST\]|<<\/?SYS>>|<\/?(?:system|assistant|user|instructions?)>|<\|/i,
  /"role"\s*:\s*"/i,
]

const TOLD = ['question', 'problem', 'action', 'fallback', 'note'] as const
const MAX_CHARS = 120

/** Where a correction reads like an instruction, and its words. */
export type Injection = { field: (typeof TOLD)[number]; words: string }

/** The fields that look like instructions to the model; empty for nearly all corrections. */
export function findInjections(row: Readonly<Record<(typeof TOLD)[number], string | null>>): Injection[] {
  return TOLD.flatMap((field) => {
    // Written in another script's letters or with marks in between, an instruction is still one.
    const text = foldConfusables(
      withoutHidden(row[field] ?? '')
        .normalize('NFKC')
        .replace(/\p{Cf}/gu, ''),
    )
    const found = ORDERS.map((order) => order.exec(text)?.[0]).find((words) => words !== undefined)
    return found === undefined ? [] : [{ field, words: found.trim().slice(0, MAX_CHARS) }]
  })
}
