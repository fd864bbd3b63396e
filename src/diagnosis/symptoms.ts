import MiniSearch from 'minisearch'
import type { Catalog } from '../catalog/catalog.ts'

/** The codes whose symptoms a text describes, the likeliest first; none when nothing fits. */
export type SymptomSearch = (text: string) => readonly string[]

/** Below this a text shares a common word with a symptom and no more. */
const LEAST_SCORE = 2

/** Finds codes by what people see: "cloudy reading after the storm". */
export function createSymptomSearch(catalog: Catalog): SymptomSearch {
  const index = new MiniSearch<{ id: string; symptoms: string; problem: string }>({
    fields: ['symptoms', 'problem'],
    searchOptions: { prefix: true, fuzzy: 0.2, boost: { symptoms: 2 } },
    processTerm: (term) => (COMMON.has(term.toLowerCase()) ? null : term.toLowerCase()),
  })
  index.addAll(
    catalog.codes.map(({ code, symptoms, problem }) => ({ id: code, symptoms: symptoms.join('. '), problem })),
  )
  return (text) =>
    index
      .search(text)
      .filter(({ score }) => score >= LEAST_SCORE)
      .map(({ id }) => String(id))
}

/** Words that stand in every question and tell nothing. */
const COMMON = new Set(
  'a an and are at be can device do for from hc5000 have help hydrocore i in is it my not of on or our please show shows the this to too unit up was what with wrong you'.split(
    ' ',
  ),
)
