/** Letters of other scripts that are drawn like Latin ones. From Unicode's confusables (UTS #39), as far as codes need them. */
const LOOKALIKES: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['АΑ', 'A'],
    ['ВΒ', 'B'],
    ['СϹ', 'C'],
    ['ЕΕ', 'E'],
    ['ԌG', 'G'],
    ['НΗ', 'H'],
    ['ІΙӀ', 'I'],
    ['ЈͿ', 'J'],
    ['КΚ', 'K'],
    ['МΜϺ', 'M'],
    ['ΝN', 'N'],
    ['ОΟՕ', 'O'],
    ['РΡ', 'P'],
    ['ЅՏ', 'S'],
    ['ТΤ', 'T'],
    ['Ԝ', 'W'],
    ['ХΧ', 'X'],
    ['ҮΥ', 'Y'],
    ['Ζ', 'Z'],
    ['аɑ', 'a'],
    ['сϲ', 'c'],
    ['е', 'e'],
    ['һ', 'h'],
    ['іι', 'i'],
    ['ј', 'j'],
    ['оοօ', 'o'],
    ['рρ', 'p'],
    ['ѕ', 's'],
    ['ԝ', 'w'],
    ['х', 'x'],
    ['у', 'y'],
  ].flatMap(([alike = '', latin = '']) => [...alike].map((char) => [char, latin])),
)
const FOREIGN = /[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u0251]|(?![0-9])\p{Nd}/gu

/**
 * Letters and digits of other scripts as the Latin ones they look like; for reading codes and device ids, never for what
 * is stored. Each character becomes one, so that places stay the same.
 */
export function foldConfusables(text: string): string {
  return text.replace(FOREIGN, (char) => LOOKALIKES[char] ?? digitOf(char) ?? char)
}

/** The ten digits of a script stand in a row, from zero. */
function digitOf(char: string): string | null {
  if (!/\p{Nd}/u.test(char)) return null
  const at = char.codePointAt(0) ?? 0
  let value = 0
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(at - value - 1))) value += 1
  return String(value)
}
