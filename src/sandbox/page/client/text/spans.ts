import type { Inline } from './ast.ts'

/** One step of a line that has been cut into pieces: something final, or a mark that may open or close a span. */
export type Piece =
  | { kind: 'node'; node: Inline }
  | { kind: 'mark'; mark: string; opens: boolean; closes: boolean; spans: readonly ('bold' | 'italic' | 'strike')[] }

/** Joins marks into spans; a mark without its partner stays the text it was. */
export function joinSpans(pieces: readonly Piece[]): Inline[] {
  return joinRange(pieces, 0, pieces.length)
}

function joinRange(pieces: readonly Piece[], from: number, to: number): Inline[] {
  const out: Inline[] = []
  // A search that came back empty stays empty for every later mark of its kind: this keeps hostile text linear.
  const unclosed = new Set<string>()
  let at = from
  while (at < to) {
    const piece = pieces[at]
    if (!piece) break
    if (piece.kind === 'node') {
      push(out, piece.node)
      at++
      continue
    }
    const end = piece.opens && !unclosed.has(piece.mark) ? findClose(pieces, at, to, piece.mark) : -1
    if (end < 0) {
      if (piece.opens) unclosed.add(piece.mark)
      push(out, { kind: 'text', text: piece.mark })
      at++
      continue
    }
    const inner = joinRange(pieces, at + 1, end)
    out.push(...piece.spans.reduceRight<Inline[]>((children, kind) => [{ kind, children }], inner))
    at = end + 1
  }
  return out
}

function findClose(pieces: readonly Piece[], open: number, to: number, mark: string): number {
  for (let at = open + 2; at < to; at++) {
    const piece = pieces[at]
    if (piece?.kind === 'mark' && piece.mark === mark && piece.closes) return at
  }
  return -1
}

/** Neighbouring texts become one, so that words are not cut into pieces. */
function push(out: Inline[], node: Inline): void {
  const last = out.at(-1)
  if (node.kind === 'text' && last?.kind === 'text') out[out.length - 1] = { kind: 'text', text: last.text + node.text }
  else out.push(node)
}
