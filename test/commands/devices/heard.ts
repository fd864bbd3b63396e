/** What was heard so far, and a promise for what is still to come: tests wait for events, not for time. */
export class Heard<T> {
  readonly all: T[] = []
  readonly #waiting = new Set<() => void>()

  readonly hear = (item: T): void => {
    this.all.push(item)
    for (const look of [...this.#waiting]) look()
  }

  /** The first item that fits, heard already or yet to come. */
  find(fits: (item: T) => boolean): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>()
    const look = () => {
      const item = this.all.find(fits)
      if (item === undefined) return
      this.#waiting.delete(look)
      resolve(item)
    }
    this.#waiting.add(look)
    look()
    return promise
  }

  /** Resolves when as many items that fit were heard. */
  async count(times: number, fits: (item: T) => boolean = () => true): Promise<T[]> {
    await this.find(() => this.all.filter(fits).length >= times)
    return this.all.filter(fits)
  }
}
