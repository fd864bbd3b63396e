/**
 * Runs inside the page and returns what a person could not read or name: text with a contrast below 4.5:1 (3:1 when
 * large), and controls without a name. It knows plain colours and layers of them, not pictures; gradients are skipped.
 */
export function findFaults(): string[] {
  type Color = readonly [number, number, number, number]
  const doc = (globalThis as unknown as { document: BrowserDocument }).document
  const style = (element: BrowserElement) =>
    (
      globalThis as unknown as { getComputedStyle: (element: BrowserElement) => Record<string, string> }
    ).getComputedStyle(element)

  const canvas = doc.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const read = (css: string): Color => {
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = css
    canvas.fillRect(0, 0, 1, 1)
    const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data
    return [red, green, blue, alpha / 255]
  }
  const over = (top: Color, below: Color): Color => {
    const mix = (at: 0 | 1 | 2) => top[at] * top[3] + below[at] * (1 - top[3])
    return [mix(0), mix(1), mix(2), 1]
  }
  const luminance = ([red, green, blue]: Color): number => {
    const [r = 0, g = 0, b = 0] = [red, green, blue].map((part) =>
      part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (a: Color, b: Color): number => {
    const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
    return (high + 0.05) / (low + 0.05)
  }
  const ancestors = (element: BrowserElement | null): BrowserElement[] =>
    element ? [element, ...ancestors(element.parentElement)] : []
  /** What is behind the text, or null where a gradient decides. */
  const background = (element: BrowserElement): Color | null => {
    const layers: Color[] = []
    for (const each of ancestors(element)) {
      const { backgroundColor, backgroundImage } = style(each)
      const color = read(backgroundColor ?? 'transparent')
      if (color[3] > 0) layers.push(color)
      if (color[3] === 1) break
      if (backgroundImage !== 'none') return null
    }
    return layers.reduceRight<Color>((below, top) => over(top, below), [255, 255, 255, 1])
  }
  const isShown = (element: BrowserElement): boolean => {
    const box = element.getBoundingClientRect()
    return (
      element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && box.width > 1 && box.height > 1
    )
  }
  /** Behind an open dialog nothing can be used. */
  const isInert = (element: BrowserElement): boolean =>
    doc.querySelector('dialog[open]') !== null && element.closest('dialog[open], .toasts') === null

  const faults: string[] = []
  const walker = doc.createTreeWalker(doc.body, 4)
  while (walker.nextNode()) {
    const words = walker.currentNode.textContent.trim()
    const element = walker.currentNode.parentElement
    if (
      words === '' ||
      !element ||
      !isShown(element) ||
      isInert(element) ||
      element.closest(':disabled, option, .emoji, .picker-glyph, .reaction-glyph')
    )
      continue
    const { color = '', fontSize = '', fontWeight = '' } = style(element)
    const behind = background(element)
    const ink = read(color)
    if (!behind || ink[3] === 0) continue
    const size = Number.parseFloat(fontSize)
    const isLarge = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700)
    const ratio = contrast(over(ink, behind), behind)
    if (ratio < (isLarge ? 3 : 4.5))
      faults.push(`${ratio.toFixed(2)}:1 for "${words.slice(0, 40)}" in ${element.className || element.tagName}`)
  }
  for (const element of doc.querySelectorAll(
    'button, a[href], input:not([type=hidden]):not([hidden]), select, textarea, [role=dialog], dialog[open], [role=menu], [role=listbox]',
  )) {
    if (!isShown(element)) continue
    const labelled = element.getAttribute('aria-labelledby')
    const name =
      element.getAttribute('aria-label') ||
      (labelled && doc.getElementById(labelled)?.textContent) ||
      [...(element.labels ?? [])].map((label) => label.textContent).join('') ||
      element.textContent.trim()
    if (!name) faults.push(`no name: ${element.outerHTML.slice(0, 120)}`)
  }
  return faults
}

/** The little of the DOM that the audit uses; these tests are checked without the browser's own types. */
type BrowserElement = {
  tagName: string
  className: string
  textContent: string
  outerHTML: string
  parentElement: BrowserElement | null
  labels?: Iterable<BrowserElement>
  getAttribute(name: string): string | null
  closest(selector: string): BrowserElement | null
  checkVisibility(options: object): boolean
  getBoundingClientRect(): { width: number; height: number }
}
type BrowserDocument = {
  body: BrowserElement
  createElement(name: 'canvas'): { getContext(kind: '2d', options: object): Canvas }
  createTreeWalker(root: BrowserElement, what: number): { nextNode(): unknown; currentNode: BrowserElement }
  querySelector(selector: string): BrowserElement | null
  querySelectorAll(selector: string): Iterable<BrowserElement>
  getElementById(id: string): BrowserElement | null
}
type Canvas = {
  fillStyle: string
  clearRect(x: number, y: number, width: number, height: number): void
  fillRect(x: number, y: number, width: number, height: number): void
  getImageData(x: number, y: number, width: number, height: number): { data: ArrayLike<number> & Iterable<number> }
}
