import { readFile } from 'node:fs/promises'
import { z } from 'zod'

/** What a unit knows of itself, read from the catalog's data and from nothing else of the product. */
export type Facts = {
  codes: readonly { code: string; problem: string }[]
  commands: ReadonlyMap<string, CommandFacts>
}
export type CommandFacts = { title: string; goesOffline: boolean; repairs: readonly string[] }

const OWN_CATALOG = new URL('../../catalog/data/hydrocore-5000.json', import.meta.url)

const CatalogData = z.object({
  commands: z.record(z.string(), z.object({ title: z.string(), settlesWhen: z.string() })),
  codes: z.array(z.object({ code: z.string(), problem: z.string(), command: z.string().nullish() })),
})

/** Reads the facts from a catalog file, or from the one we start with. */
export async function readFacts(catalogFile: string | URL = OWN_CATALOG): Promise<Facts> {
  const { commands, codes } = CatalogData.parse(JSON.parse(await readFile(catalogFile, 'utf8')))
  return {
    codes: codes.map(({ code, problem }) => ({ code, problem })),
    commands: new Map(
      Object.entries(commands).map(([name, { title, settlesWhen }]) => [
        name,
        {
          title,
          goesOffline: settlesWhen === 'back_online',
          repairs: codes.filter(({ command }) => command === name).map(({ code }) => code),
        },
      ]),
    ),
  }
}
