import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { OWN_CATALOG } from '../../src/catalog/loading.ts'
import { temporaryFolder } from '../support/folder.ts'
import { runTerminal } from '../support/terminal.ts'

const own = await readFile(OWN_CATALOG, 'utf8')

describe('catalog check', () => {
  it('says what a good catalog holds', async () => {
    expect(await runTerminal(['catalog', 'check'])).toEqual({
      code: 0,
      out: 'HydroCore 5000, version 2026.11: 4 codes, 3 commands. No faults.',
      err: '',
    })
  })

  it('tells every fault of a bad one on stderr, with file, line and key, and exits with 2', async () => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'bad.json')
    await writeFile(file, own.replace('"E-02"', '"E2"').replace('"risk": "high"', '"risk": "none"'))
    const { code, out, err } = await runTerminal(['catalog', 'check', file])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(file)
    expect(err).toMatch(/line 24, commands\.REBOOT_COMM\.risk: /)
    const line = own.slice(0, own.indexOf('"E-02"')).split('\n').length
    expect(err).toContain(`line ${line}, codes.1.code: `)
  })

  it('takes the file that CATALOG_FILE names, unless another is given', async () => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'gone.json')
    expect(await runTerminal(['catalog', 'check'], { CATALOG_FILE: file })).toMatchObject({
      code: 2,
      err: expect.stringContaining('no such file'),
    })
    const other = join(folder.path, 'other.json')
    await writeFile(other, own)
    expect(await runTerminal(['catalog', 'check', other], { CATALOG_FILE: file })).toMatchObject({ code: 0 })
  })
})

describe('a command line', () => {
  it.each([
    [['frobnicate'], /unknown command/],
    [['catalog', 'mend'], /unknown command|too many arguments/],
    [['catalog', 'check', '--fast'], /unknown option/],
    [['catalog', 'check', 'a', 'b'], /too many arguments/],
    [['ask'], /missing required argument/],
    [['corrections', 'export', '--format', 'xml', '--out', 'x'], /invalid/],
    [['corrections', 'reject', 'cor_1'], /--reason/],
  ])('that is wrong exits with 2 and says why: %j', async (args, words) => {
    const { code, out, err } = await runTerminal(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(words)
  })

  it('that asks for help gets it, with exit code 0', async () => {
    for (const args of [['--help'], ['catalog', '--help'], ['help']])
      expect(await runTerminal(args)).toMatchObject({ code: 0, out: expect.stringContaining('Usage: hydrocore') })
  })

  it('without a command says what there is', async () => {
    const { code, out, err } = await runTerminal([])
    expect(code).toBe(2)
    expect(out + err).toContain('Usage: hydrocore')
  })
})
