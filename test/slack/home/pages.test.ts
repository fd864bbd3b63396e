import { describe, expect, it } from 'vitest'
import { readPage } from '../../../src/lib/paging.ts'
import {
  FIRST_PAGES,
  HOME_LISTS,
  type HomePages,
  pageValue,
  readPages,
  turnPage,
  writePages,
} from '../../../src/slack/home/pages.ts'
import { longText } from '../../support/hostile.ts'
import fc from '../../support/properties.ts'

const lists = fc.constantFrom(...HOME_LISTS)
const places = fc.stringMatching(/^\d{1,15}\.[a-z]{1,3}_[0-9a-z]{20}$/)

describe('the pages of the Home tab', () => {
  it('come back from a view as they went in', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(lists, places), { maxLength: 40 }), (turns) => {
        const pages = turns.reduce<HomePages>(
          (now, [list, place]) => turnPage(now, pageValue.next(list, place)),
          FIRST_PAGES,
        )
        expect(writePages(pages).length).toBeLessThanOrEqual(3_000)
        expect(readPages(writePages(pages))).toEqual(pages)
      }),
    )
  })

  it('turn forward and back, each list by itself', () => {
    const first = turnPage(FIRST_PAGES, pageValue.next('queue', '1.a'))
    const second = turnPage(first, pageValue.next('queue', '2.b'))
    expect(second).toEqual({ ...FIRST_PAGES, queue: ['1.a', '2.b'] })
    expect(turnPage(turnPage(second, pageValue.next('asked', '3.c')), pageValue.back('queue'))).toEqual({
      ...FIRST_PAGES,
      queue: ['1.a'],
      asked: ['3.c'],
    })
    expect(turnPage(FIRST_PAGES, pageValue.back('queue'))).toEqual(FIRST_PAGES)
  })

  it('stay where they are, or begin anew, when somebody made a value up', () => {
    for (const value of [
      '',
      'next',
      'next:queue',
      'next:queue:',
      'next:nothing:1.a',
      'next:__proto__:1.a',
      'up:queue:1.a',
    ])
      expect(turnPage(FIRST_PAGES, value)).toEqual(FIRST_PAGES)
    fc.assert(
      fc.property(longText, (text) => {
        expect(readPages(text)).toEqual(FIRST_PAGES)
        expect(turnPage(FIRST_PAGES, text)).toEqual(FIRST_PAGES)
        expect(turnPage(FIRST_PAGES, `next:queue:${text} <`)).toEqual(FIRST_PAGES)
      }),
    )
    expect(readPages('{"queue":[1]}')).toEqual(FIRST_PAGES)
    expect(readPages('null')).toEqual(FIRST_PAGES)
  })
})

describe('a page of a list', () => {
  const all = Array.from({ length: 12 }, (_, i) => ({ at: 100 - i, id: `row_${String(99 - i)}` }))
  const read = (after: string | null) =>
    readPage(
      async ({ size, after: place }) =>
        all.filter(({ at, id }) => !place || at < place.at || (at === place.at && id < place.id)).slice(0, size),
      { size: 5, after, placeOf: (row) => row },
    )

  it('leads to the next until there is none, and leaves nothing out', async () => {
    const seen: unknown[] = []
    for (let after: string | null = null; ; ) {
      const page = await read(after)
      seen.push(...page.rows)
      if (!page.next) break
      after = page.next
    }
    expect(seen).toEqual(all)
  })

  it('is the first one after a place nobody can read', async () => {
    await fc.assert(
      fc.asyncProperty(longText, async (text) => {
        expect((await read(`${text}|`)).rows).toEqual(all.slice(0, 5))
      }),
      { numRuns: 20 },
    )
  })
})
