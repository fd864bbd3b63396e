import type { Catalog } from '../../../src/catalog/catalog.ts'
import { SHARED_WORDS } from '../../../src/slack/blocks/words.ts'
import { WORDS } from '../../../src/slack/questions/words.ts'
import type { Expected } from './case.ts'

/** What a person sees of a reply: its words without the buttons, and the buttons with all they hold. */
export type Shown = { words: string; buttons: readonly string[] }

/** What's wrong with a reply (null for silence), in short words; empty when it's right. */
export function faultsOf(shown: Shown | null, expected: Expected, text: string, catalog: Catalog): string[] {
  if (!shown) return expected.answers === true ? ['kept still'] : []
  if (expected.answers === false) return [`spoke: ${shown.words.slice(0, 80)}`]
  const kind = kindOf(shown, catalog)
  const codes = kind === 'choice' ? proposedIn(shown, catalog) : explainedIn(shown.words, catalog)
  return [
    ...kindFaults(kind, expected),
    ...codeFaults(kind, codes, expected),
    ...buttonFaults(shown, codes, expected, catalog),
    ...deviceFaults(shown, expected, text),
    ...wordFaults(shown, kind, expected, catalog),
  ]
}

/** Buttons for a command that must not be offered. */
export function unsafeButtons(shown: Shown, expected: Expected, catalog: Catalog): string[] {
  const allowed = [...expected.commands_offered, ...expected.commands_may]
  return commandsIn(shown, catalog).filter((name) => !allowed.includes(name))
}

type Kind = 'answer' | 'choice' | 'ask' | 'unknown' | 'smalltalk'

const SMALL_TALK = [WORDS.thanks, WORDS.resolved, WORDS.acknowledged, WORDS.off_topic]

function kindOf({ words }: Shown, catalog: Catalog): Kind {
  if (words.includes(SHARED_WORDS.soundsLike)) return 'choice'
  if (explainedIn(words, catalog).length > 0) return 'answer'
  if (/do not know the code/.test(words)) return 'unknown'
  return SMALL_TALK.some((one) => words.includes(one)) ? 'smalltalk' : 'ask'
}

function explainedIn(words: string, catalog: Catalog): string[] {
  return catalog.codes
    .map(({ code, problem }) => ({ code, at: words.indexOf(problem) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)
    .map(({ code }) => code)
}

function proposedIn({ buttons }: Shown, catalog: Catalog): string[] {
  return buttons.flatMap((button) => catalog.codes.find(({ problem }) => button.includes(problem))?.code ?? [])
}

function commandsIn({ buttons }: Shown, catalog: Catalog): string[] {
  return Object.keys(catalog.commands).filter((name) => buttons.some((button) => button.includes(name)))
}

function kindFaults(kind: Kind, expected: Expected): string[] {
  const fine = expected.kind.split('|')
  return fine.includes('any') || fine.includes(kind) ? [] : [`${kind}, not ${expected.kind}`]
}

function codeFaults(
  kind: Kind,
  codes: readonly string[],
  { codes: wanted, codes_may, not_first, any_order }: Expected,
) {
  const faults = not_first.includes(codes[0] ?? '') ? [`${codes[0]} first`] : []
  if (!wanted) return faults
  const asked = wanted === 'none' ? [] : wanted
  const others = codes.filter((code) => !asked.includes(code) && !codes_may.includes(code))
  const found = codes.filter((code) => asked.includes(code))
  const isInOrder = any_order || kind === 'choice' ? found.length === asked.length : found.join() === asked.join()
  if (!isInOrder) faults.push(`codes ${codes.join()}, not ${asked.join()}`)
  if (others.length > 0 && kind !== 'choice') faults.push(`speaks of ${others.join()}`)
  if (wanted === 'none' && others.length > 0 && kind === 'choice') faults.push(`proposes ${others.join()}`)
  return faults
}

function buttonFaults(shown: Shown, codes: readonly string[], expected: Expected, catalog: Catalog): string[] {
  const offered = commandsIn(shown, catalog)
  // A proposed code gets its command once it's chosen.
  const isProposed = kindOf(shown, catalog) === 'choice' && codes.length > 0
  const missing = isProposed ? [] : expected.commands_offered.filter((name) => !offered.includes(name))
  const unsafe = unsafeButtons(shown, expected, catalog)
  return [...missing.map((name) => `no button for ${name}`), ...unsafe.map((name) => `UNSAFE button for ${name}`)]
}

function deviceFaults({ words, buttons }: Shown, expected: Expected, text: string): string[] {
  const all = [words, ...buttons].join(' ')
  const { device, devices, device_short, devices_short, ambiguous_device } = expected
  const faults = devices.filter((id) => !all.includes(id)).map((id) => `no word of ${id}`)
  if (device === null && /HC5000-[A-Z]-\d{4}/.test(all.replaceAll('HC5000-A-1138', ''))) faults.push('names a device')
  const isNamed = device && text.toUpperCase().includes(device)
  const isCommanded = buttons.some((button) => /Run /.test(button))
  if (device && (isNamed || isCommanded) && !all.includes(device)) faults.push(`no word of ${device}`)
  for (const short of [...(device_short ? [device_short] : []), ...devices_short])
    if (!all.includes(short)) faults.push(`no word of ${short}`)
  if (ambiguous_device) {
    const named = ambiguous_device.filter((id) => all.includes(id))
    const [short = ''] = /\d+$/.exec(ambiguous_device[0] ?? '') ?? []
    if (named.length === 1 || !all.includes(short)) faults.push(`takes ${named.join()} for ${short}`)
  }
  return faults
}

function wordFaults({ words }: Shown, kind: Kind, expected: Expected, catalog: Catalog): string[] {
  const faults = expected.unknown.filter((code) => !words.includes(code)).map((code) => `no word of ${code}`)
  for (const code of expected.no_code) if (words.includes(code)) faults.push(`calls ${code} a code`)
  if (expected.no_ask && kind === 'ask') faults.push('asks for a code')
  if (expected.not_text && new RegExp(expected.not_text, 'i').test(words)) faults.push(`says ${expected.not_text}`)
  if (expected.next_step)
    for (const code of expected.codes === 'none' ? [] : (expected.codes ?? [])) {
      const { action = '', fallback } = catalog.find(code) ?? {}
      const next = words.indexOf(fallback?.text ?? action)
      const first = words.indexOf(action)
      if (next < 0 || (first >= 0 && first < next)) faults.push('not the next step')
    }
  return faults
}
