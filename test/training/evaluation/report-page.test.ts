import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { statementOf, writeAnswer } from '../../../src/diagnosis/answer.ts'
import type { Completions } from '../../../src/diagnosis/model/chat-completion.ts'
import type { AskStructured } from '../../../src/diagnosis/model/structured.ts'
import { buildPrompt } from '../../../src/diagnosis/prompt.ts'
import { type EvaluationRequest, evaluate } from '../../../src/training/evaluation/evaluation.ts'
import type { Report } from '../../../src/training/evaluation/report.ts'
import { createReportFile } from '../../../src/training/evaluation/report-page/file.ts'
import { renderReportPage } from '../../../src/training/evaluation/report-page/page.ts'
import { findFaults } from '../../sandbox/page/accessibility-audit.ts'
import { openBrowser, whyNoBrowser } from '../../support/browser.ts'
import { DATABASES } from '../../support/databases.ts'
import { temporaryFolder } from '../temporary.ts'

const catalog = await loadCatalog()
const answer = (code: string) => {
  const entry = catalog.find(code)
  return entry ? writeAnswer(statementOf(entry)) : ''
}
const HOSTILE = `"><script>window.hit = 1</script><img src=x onerror="window.hit = 2"><svg onload="window.hit = 3">'</td></table>&amp;`

async function reportOf(
  models: EvaluationRequest['models'],
  answers: Completions,
  more: Partial<EvaluationRequest> = {},
) {
  const [sqlite] = DATABASES
  if (!sqlite) throw new Error('no database')
  await using database = await sqlite.create()
  const rows = ['E-01', 'E-02', 'E-05', 'W-10', 'E-01', 'E-02'].map((code, i) => ({
    messages: [...buildPrompt(`${i} ${code} ${HOSTILE}`), { role: 'assistant' as const, content: answer(code) }],
  }))
  return await evaluate({ models, rows, completions: answers, catalog, store: database.store, ...more })
}
const right = (asked: string) => answer(/[EW]-\d\d/.exec(asked)?.[0] ?? '')
const answers: Completions = async ({ model, messages }) => {
  const asked = messages.at(-1)?.content ?? ''
  const text = model === 'good' ? right(asked) : asked.startsWith('0') ? `${HOSTILE} then REBOOT_COMM` : HOSTILE
  return { text, refusal: null, usage: { promptTokens: 50, completionTokens: 30 } }
}
const tie = { reason: HOSTILE, correctness: 'A', clarity: 'tie', tone: 'tie', better: 'A', acceptable: 'A' }
const judging = { model: `judge${HOSTILE}`, ask: (async () => ({ kind: 'read', value: tie })) as AskStructured }

let compared: Report
beforeAll(async () => {
  compared = await reportOf([`bad${HOSTILE}`, 'good'], answers, { judge: judging })
})

describe('the page of a report', () => {
  it('says in words whether it was worth it, and shows every measure', async () => {
    const page = await renderReportPage(compared, catalog)
    expect(page).toContain('Was the new model worth it?')
    expect(page).toMatch(/Yes\.<\/span>\s*good/)
    for (const words of [
      'right answers',
      'unsafe commands',
      'right command',
      'macro-F1',
      'McNemar',
      'forbidden command',
      'price unknown',
    ])
      expect(page, words).toContain(words)
  })

  it('asks for nothing from anywhere, and runs nothing', async () => {
    const page = await renderReportPage(compared, catalog)
    expect(page).toContain("default-src 'none'")
    expect(page).not.toMatch(/<script|<img|\son\w+="|url\(|@import|<iframe/i)
    expect([...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, target]) => target)).toEqual(['data:,'])
  })

  it('stands for one model alone, and for models that answered nothing', async () => {
    expect(await renderReportPage(await reportOf(['good'], answers), catalog)).toContain('How good is good?')
    const page = await renderReportPage(
      await reportOf(['a', 'b'], async () => ({ text: '', refusal: null, usage: null })),
      catalog,
    )
    expect(page).toContain('Not shown yet.')
  })

  it('draws nothing where the judge gave no verdict', async () => {
    const ask: AskStructured = async () => ({ kind: 'unreadable' })
    const report = await reportOf(['good', 'bad'], answers, { judge: { model: 'judge', ask } })
    const page = await renderReportPage(report, catalog)
    expect(page).toContain('No pair was judged.')
    expect(page.match(/<figure>/g)).toHaveLength(2)
  })

  it('is a file as long as it is sent, for an evaluation that is stored whole', async () => {
    const [sqlite] = DATABASES
    if (!sqlite) throw new Error('no database')
    await using database = await sqlite.create()
    const stored = { id: compared.id, data_sha256: 'x', created_at: 1, report: JSON.stringify(compared) }
    const old = { ...stored, id: 'eval_old', report: '{"id":"eval_old","models":[]}' }
    await database.store.insertInto('evaluations').values([stored, old]).execute()
    const parts = { store: database.store, catalog }
    let path = ''
    {
      await using file = await createReportFile(parts, compared.id)
      path = file?.path ?? ''
      expect(file?.name).toBe(`${compared.id}.html`)
      expect(await readFile(path, 'utf8')).toContain('Was the new model worth it?')
    }
    await expect(readFile(path)).rejects.toThrow()
    expect(await createReportFile(parts, 'eval_none')).toBeNull()
    expect(await createReportFile(parts, 'eval_old')).toBeNull()
  })

  it('says which way is worth using, by rules', async () => {
    const way = (name: string, strategy: 'base' | 'fine-tuned', model: string) => ({ name, strategy, model })
    const report = await reportOf([way('base', 'base', 'bad'), way('fine-tuned', 'fine-tuned', 'good')], answers, {
      wantsRecommendation: true,
    })
    const page = await renderReportPage(report, catalog)
    expect(page).toContain('Which way to answer is worth using?')
    expect(page).toContain('base: bad; fine-tuned: good')
    expect(page).toMatch(/Recommended:<\/span>\s*fine-tuned/)
    expect(page).toContain('6 rows are few')
  })
})

const missing = whyNoBrowser()
describe.skipIf(missing !== null)('in a browser, the page of a report', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(() => browser?.close())

  it('shows hostile words as words, without an error, wide and narrow', async () => {
    const file = join(await temporaryFolder(), 'report.html')
    await writeFile(file, await renderReportPage(compared, catalog))
    for (const [width, colorScheme] of [
      [1200, 'light'],
      [380, 'dark'],
    ] as const) {
      await using context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme })
      const page = await context.newPage()
      const told: string[] = []
      page.on('console', (message) => told.push(message.text()))
      page.on('pageerror', (error) => told.push(error.message))
      page.on(
        'request',
        (request) => request.url().startsWith('file:') || request.url().startsWith('data:') || told.push(request.url()),
      )
      await page.goto(pathToFileURL(file).href)
      expect(told).toEqual([])
      const seen = await page.evaluate(`({
        hit: window.hit ?? null,
        tables: document.querySelectorAll('main table').length,
        unnamed: [...document.querySelectorAll('figure svg')].filter((svg) => !svg.closest('[role=img][aria-label]')).length,
        charts: document.querySelectorAll('figure svg').length,
        wrong: document.querySelector('.wrong td:nth-child(4)').textContent,
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        headers: document.querySelectorAll('th:not([scope])').length,
      })`)
      expect(seen).toMatchObject({ hit: null, unnamed: 0, charts: 3, overflow: 0, headers: 0 })
      expect(await page.evaluate(findFaults), colorScheme).toEqual([])
      expect((seen as { wrong: string }).wrong).toContain(HOSTILE)
    }
  })
})
