import { z } from 'zod'

/** The lists of App Home, each with its own paging. */
export const HOME_LISTS = ['approvals', 'queue', 'orders', 'commands', 'asked', 'corrections'] as const
export type HomeList = (typeof HOME_LISTS)[number]

/** For each list, the cursors of the pages before the current one; empty on the first page. */
export type HomePages = Readonly<Record<HomeList, readonly string[]>>

/** Keeps all of them within a view's metadata; further down, the way back skips pages. */
const MAX_STEPS = 7
const Step = z.string().regex(/^[\w.-]{1,60}$/)
const Pages = z.record(z.enum(HOME_LISTS), z.array(Step).max(MAX_STEPS))

export const FIRST_PAGES: HomePages = {
  approvals: [],
  queue: [],
  orders: [],
  commands: [],
  asked: [],
  corrections: [],
}

/** Encodes the pages as view metadata, which clicks return, so that readers stay where they were. */
export function writePages(pages: HomePages): string {
  return JSON.stringify(pages)
}

/** Anything unreadable gives the first page of every list. */
export function readPages(metadata: string): HomePages {
  try {
    return Pages.parse(JSON.parse(metadata))
  } catch {
    return FIRST_PAGES
  }
}

export const pageValue = {
  next: (list: HomeList, after: string): string => `next:${list}:${after}`,
  back: (list: HomeList): string => `back:${list}`,
}

const TURN = /^(?<way>next|back):(?<list>\w+)(?::(?<after>.*))?$/

/** The pages after a click on a paging button; unchanged if its value is invalid. */
export function turnPage(pages: HomePages, value: string): HomePages {
  const { way, list, after } = TURN.exec(value)?.groups ?? {}
  const known = HOME_LISTS.find((one) => one === list)
  if (!known) return pages
  if (way === 'back') return { ...pages, [known]: pages[known].slice(0, -1) }
  const step = Step.safeParse(after)
  return step.success ? { ...pages, [known]: [...pages[known], step.data].slice(-MAX_STEPS) } : pages
}
