import catalog from '../../../src/catalog/data/hydrocore-5000.json' with { type: 'json' }

export type Question = {
  text: string
  /** What a right answer says. */
  problem: string
}

/** Ways of asking that a trained model understands; what stands beside the code differs every time. */
const WORDINGS: readonly ((code: string, device: string, detail: string) => string)[] = [
  (code, device, detail) => `My HydroCore unit ${device} is showing error ${code}. What's wrong? ${detail}`,
  (code, device, detail) => `What does code ${code} mean on ${device}? ${detail}`,
  (code, device, detail) => `${detail} ${device} reports ${code}. What should I do now?`,
  (code, device, detail) => `How do I fix ${code} on my HydroCore unit ${device}? ${detail}`,
  (code, device, detail) => `${device} ${code} ${detail}`,
]
const LETTERS = 'ABCDEFGHJK'
/** Has no factor in common with the numbers of devices, so that neighbours look nothing alike. */
const STRIDE = 7_919
/** A small number could be taken for a code. */
const FIRST_INLET = 100_000

/** Question `n` is always the same, and no two are: another device, another place, another wording. */
export function questionOf(n: number): Question {
  const entry = catalog.codes[n % catalog.codes.length]
  const wording = WORDINGS[Math.floor(n / catalog.codes.length) % WORDINGS.length]
  if (!entry || !wording) throw new Error('there is nothing to ask about')
  const spread = (n * STRIDE) % 100_000
  const device = `HC5000-${LETTERS[Math.floor(spread / 10_000)]}-${String(spread % 10_000).padStart(4, '0')}`
  return { text: wording(entry.code, device, `Seen near inlet ${FIRST_INLET + n}.`), problem: entry.problem }
}
