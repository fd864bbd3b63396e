import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadCatalog } from '../../src/catalog/loading.ts'
import { CONSENT_LINE, checkCorrection, proposeCorrection } from '../../src/feedback/corrections/corrections.ts'
import { REVIEW_WORDS } from '../../src/feedback/labels.ts'
import { openStore, type Store } from '../../src/store/open.ts'
import { temporaryFolder } from '../support/folder.ts'
import { silent } from '../support/silent.ts'
import { runTerminal } from '../support/terminal.ts'

/** The queue at the terminal says what Slack says. */
describe('corrections at the terminal', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let store: Store
  let settings: Record<string, string>
  const terminal = (...args: string[]) => runTerminal(['corrections', ...args], settings)

  beforeAll(async () => {
    folder = await temporaryFolder()
    const path = join(folder.path, 'own.db')
    store = await openStore({ kind: 'sqlite', path }, silent)
    settings = { DATABASE_URL: `sqlite:${path}`, LOG_LEVEL: 'silent' }
  })
  afterAll(async () => {
    await store.destroy()
    await folder[Symbol.asyncDispose]()
  })

  const propose = async (user: string, question: string, note: string | null = null) => {
    const catalog = await loadCatalog()
    const said = {
      code: 'E-02',
      problem: 'Turbidity sensor occlusion',
      action: 'Clean it twice',
      command: 'CLEAN_TURB',
    }
    const checked = checkCorrection({ question, ...said, note, reason: 'wrong_action', consent: CONSENT_LINE }, catalog)
    if (!checked.ok) throw new Error(JSON.stringify(checked.faults))
    const about = { answerId: null, originalText: '', model: null, catalogVersion: catalog.version }
    const proposal = { correction: checked.correction, author: { user, team: 'T1' }, ...about }
    return (await proposeCorrection(store, proposal, Date.now())).correction.id
  }

  it('says how many wait, or that none does', async () => {
    expect((await terminal('stats')).out).toContain(REVIEW_WORDS.queueEmpty)
    await propose('UANNA', 'E-02 is shown')
    expect((await terminal('stats')).out).toMatch(/^1 waits, the oldest for 1 min, half of them/)
  })

  it('offers what a correction may repeat, for as long as something can be done about it', async () => {
    const other = await propose('UANNA', 'My pump unit shows E-02, what now?')
    const id = await propose('UBEN', 'My pump unit shows E-02 again, what now?')
    const hint = `hydrocore corrections merge ${id} --into ${other}`
    const shown = await terminal('show', id)
    expect(shown.out).toContain('Perhaps the same in other words, with the same answer · waits for review')
    expect(shown.out).toContain(hint)
    expect((await terminal('merge', id, '--into', other, '--as', 'rita')).out).toMatch(/proposed 2 times now/)
    expect((await terminal('show', id)).out).not.toContain(hint)
  })

  it('withdraws for one of those who proposed it, and lists where it has to be forgotten', async () => {
    const id = await propose('UANNA', 'Our well shows E-02, help')
    await propose('UBEN', 'Our well shows E-02, help', 'As the manual says')
    expect((await terminal('show', id)).out).toMatch(/proposed also by: +UBEN\nnote by UBEN: +As the manual says/)
    expect((await terminal('approve', id, '--as', 'rita')).code).toBe(0)
    const out = join(folder.path, 'out.jsonl')
    expect((await terminal('export', '--format', 'openai-sft', '--code', 'e-02', '--out', out)).out).toMatch(
      /^1 row in /,
    )
    expect(await terminal('withdraw', id, '--for', 'UNOBODY')).toMatchObject({ code: 1 })
    const stays = await terminal('withdraw', id, '--for', 'UANNA')
    expect(stays.out).toMatch(
      /it stays for them, and weighs less\. It is in an export made before \(exp_\w+\) in your name/,
    )
    expect((await terminal('withdraw', id, '--for', 'UBEN')).out).toContain('later ones leave it out')
    const listed = JSON.parse((await terminal('withdrawn', '--since', '1d', '--json')).out)
    expect(listed).toMatchObject([
      { id, author: 'UANNA', stays: true, exports: [expect.stringMatching(/^exp_/)] },
      { id, author: 'UBEN', stays: false, exports: [expect.stringMatching(/^exp_/)] },
    ])
  })

  it('says when nothing is to be exported, and why', async () => {
    const out = join(folder.path, 'none.jsonl')
    const none = await terminal('export', '--format', 'openai-sft', '--code', 'W-10', '--out', out)
    expect(none).toMatchObject({ code: 0, out: REVIEW_WORDS.nothingMatches })
    expect((await terminal('export', '--format', 'openai-sft', '--out', out)).out).toBe(REVIEW_WORDS.nothingToExport)
    const odd = await terminal('export', '--format', 'openai-sft', '--kind', 'log', '--code', 'E-02', '--out', out)
    expect(odd).toMatchObject({ code: 2, err: expect.stringContaining(REVIEW_WORDS.exportCategory) })
  })
})
