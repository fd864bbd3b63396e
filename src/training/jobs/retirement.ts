import { z } from 'zod'
import table from '../data/retirements.json' with { type: 'json' }
import { baseModelOf } from '../prices.ts'

const Day = z.iso.date()

/** Which providers announced which last days, each with where it was read. An empty `hosts` is every other server. */
const Table = z.object({
  checkedOn: Day,
  providers: z.array(
    z.object({
      name: z.string(),
      hosts: z.array(z.string()),
      source: z.url(),
      retirements: z.array(
        z.object({
          retiresOn: Day,
          /** Where models that were fine-tuned on these live on for a time of their own. */
          fineTunesRetireOn: Day.optional(),
          models: z.array(z.string().min(1)),
        }),
      ),
    }),
  ),
})

const { checkedOn, providers } = Table.parse(table)

/** What is known of a model beside its name. */
export type RetirementFacts = {
  model: string
  /** What the server says: a day, null for none, undefined where it says nothing of the kind. */
  shutdownDate?: string | null | undefined
  /** The model it was trained on, where its name does not tell. */
  baseModel?: string | null | undefined
  /** Where it is served: the same model has another end at another provider. */
  baseUrl?: string | undefined
}

export type Retirement = {
  model: string
  /** The last day, as `2027-01-14`. */
  retiresOn: string
  /** Who says so, for people. */
  source: string
}

/** When a model stops answering; null where no end is known. The server's own word counts before our table. */
export function retirementOf({ model, shutdownDate, baseModel, baseUrl }: RetirementFacts): Retirement | null {
  const said = Day.safeParse(shutdownDate?.slice(0, 10))
  if (said.success) return { model, retiresOn: said.data, source: 'the model server' }
  const origin = baseModelOf(baseModel ?? model)
  const base = origin === model ? null : origin
  // A fine-tuned model goes with its base, also where a server has no day for the fine-tuned one itself.
  if (shutdownDate === null && !base) return null
  const provider = providerAt(baseUrl)
  const family = familyOf(base ?? model)
  const found =
    provider?.retirements.find(({ models }) => models.includes(base ?? model)) ??
    provider?.retirements.find(({ models }) => models.includes(family))
  if (!provider || !found) return null
  return {
    model,
    retiresOn: (base && found.fineTunesRetireOn) || found.retiresOn,
    source: `${provider.name}, ${provider.source}, read on ${checkedOn}`,
  }
}

/** The models that stop within so many days or have stopped already, the first to go first. */
export function retiringWithin(
  days: number,
  models: readonly RetirementFacts[],
  now: Date = new Date(),
): (Retirement & { daysLeft: number })[] {
  return models
    .flatMap((one) => retirementOf(one) ?? [])
    .map((one) => ({ ...one, daysLeft: daysUntil(one.retiresOn, now) }))
    .filter(({ daysLeft }) => daysLeft <= days)
    .toSorted((a, b) => a.daysLeft - b.daysLeft)
}

const DAY_MS = 24 * 60 * 60 * 1_000

/** Full days from today to a day, by UTC; negative when it is past. */
function daysUntil(day: string, now: Date): number {
  return Math.round((Date.parse(day) - Date.parse(now.toISOString().slice(0, 10))) / DAY_MS)
}

/** Without a gateway's prefix and the date of the snapshot: a family goes on one day. */
function familyOf(model: string): string {
  return model.replace(/^openai\//, '').replace(/-(?:\d{4}-\d{2}-\d{2}|\d{4})$/, '')
}

function providerAt(baseUrl: string | undefined) {
  const host = baseUrl && URL.canParse(baseUrl) ? new URL(baseUrl).hostname : ''
  const isAt = (hosts: readonly string[]) => hosts.some((one) => host === one || host.endsWith(`.${one}`))
  return providers.find(({ hosts }) => isAt(hosts)) ?? providers.find(({ hosts }) => hosts.length === 0)
}
