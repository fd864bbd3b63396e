import type { TrainingRow } from '../../formats/reading.ts'
import { createMinHasher, createMinHashIndex } from '../checks/minhash.ts'
import { userTextOf } from '../checks/near-duplicates.ts'

/**
 * Puts rows together that ask in the same words, whatever the code, the device and other numbers: a model that was
 * trained on one of them has learnt the wording, so measuring it on another would flatter it. Where nobody wrote down
 * which rows are ways of asking one thing, this is as near as one comes by looking.
 */
export function createTemplateGroups() {
  const nodesByTemplate = new Map<string, number>()
  const texts: string[] = []
  const parents: number[] = []
  const near = createMinHashIndex()
  const sign = createMinHasher()
  const rootOf = (node: number): number => {
    let root = node
    while (parents[root] !== root) root = parents[root] ?? root
    for (let at = node; at !== root; ) {
      const next = parents[at] ?? root
      parents[at] = root
      at = next
    }
    return root
  }
  return {
    /** The node of a row; rows of one group have nodes with one name. */
    add(row: TrainingRow): number {
      const text = templateOf(userTextOf(row))
      const known = nodesByTemplate.get(text)
      if (known !== undefined) return known
      const node = parents.length
      nodesByTemplate.set(text, node)
      texts.push(text)
      parents.push(node)
      const signature = sign(text)
      const like = near.find(signature, () => true)
      if (like !== null) join(node, like)
      near.add(signature)
      return node
    },
    /** What the group is called: its first wording in the alphabet, whatever the order of the rows. */
    nameOf: (node: number): string => texts[rootOf(node)] ?? '',
  }

  function join(a: number, b: number): void {
    const [one, other] = [rootOf(a), rootOf(b)]
    if ((texts[one] ?? '') < (texts[other] ?? '')) parents[other] = one
    else parents[one] = other
  }
}

/** Any word with a digit may be a code, a device or a measured value: each stands for all of them. */
function templateOf(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\s]*\d[^\s]*/g, '0')
    .replace(/(?:0\s+)+0/g, '0')
    .replace(/\s+/g, ' ')
    .trim()
}
