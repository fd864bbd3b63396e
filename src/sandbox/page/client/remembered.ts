import { Component, type ComponentChildren, type ComponentClass, type FunctionComponent, h } from 'preact'

/**
 * A component that is drawn anew only when its data changed: while an answer streams in, the hundred messages above it
 * stand still. Lists are compared by what is in them; functions count as equal, so they must not hold what can change.
 */
export function remembered<Props extends object>(draw: FunctionComponent<Props>): ComponentClass<Props> {
  return class extends Component<Props, object> {
    override shouldComponentUpdate(next: Readonly<Props>): boolean {
      return !isSame(this.props, next)
    }
    override render(): ComponentChildren {
      return h(draw, this.props)
    }
  }
}

function isSame(before: object, next: object): boolean {
  const [was, is] = [Object.entries(before), new Map(Object.entries(next))]
  return was.length === is.size && was.every(([key, value]) => is.has(key) && isEqual(value, is.get(key)))
}

const isEqual = (a: unknown, b: unknown): boolean =>
  a === b ||
  (typeof a === 'function' && typeof b === 'function') ||
  (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((each, at) => each === b[at]))
