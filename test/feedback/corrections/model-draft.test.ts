import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { writeAnswer } from '../../../src/diagnosis/answer.ts'
import type { ChatMessage } from '../../../src/diagnosis/model/chat-message.ts'
import type { ChatModels } from '../../../src/diagnosis/model/chat-stream.ts'
import { CONSENT_LINE, checkCorrection } from '../../../src/feedback/corrections/corrections.ts'
import { createDraftCorrection } from '../../../src/feedback/corrections/model-draft.ts'
import fc from '../../support/properties.ts'

const catalog = await loadCatalog()
const DRAFT = { question: 'What does E-02 mean?', note: 'It is the brush', code: 'E-02' }

/** What the author gets when the model says this, and what the model was asked. */
async function drafted(said: string, draft: object = DRAFT) {
  let asked: readonly ChatMessage[] = []
  const models: ChatModels = {
    async *stream({ messages }) {
      asked = messages
      yield said
    },
    list: async () => [],
  }
  const proposed = await createDraftCorrection({ catalog, models, model: 'any' })(
    { draft, said: 'Wait.' },
    AbortSignal.timeout(1_000),
  )
  return { proposed, asked: asked.map(({ content }) => content).join('\n') }
}

const answer = (over: object) =>
  writeAnswer({
    code: 'E-02',
    problem: 'Turbidity sensor occlusion',
    action: 'Brush the sensor',
    command: 'CLEAN_TURB',
    fallback: null,
    ...over,
  })

describe('a draft', () => {
  it('is made of what the catalog says of the named codes, and of the note', async () => {
    const { asked, proposed } = await drafted(answer({}))
    expect(asked).toContain('Turbidity sensor occlusion')
    expect(asked).not.toContain('Communication module failure')
    expect(asked).toContain('It is the brush')
    expect(proposed).toMatchObject({ code: 'E-02', action: 'Brush the sensor', command: 'CLEAN_TURB' })
  })

  it('never holds a command that the catalog does not allow for the code', async () => {
    expect((await drafted(answer({ command: 'REBOOT_COMM' }))).proposed).toMatchObject({ command: 'CLEAN_TURB' })
    expect((await drafted(answer({ action: 'Send OPEN_VALVE' }))).proposed).toMatchObject({
      action: 'Trigger automated cleaning cycle',
    })
    expect((await drafted(answer({ code: 'W-10', command: 'none' }))).proposed).toMatchObject({ command: null })
  })

  it('is none when the model names no code of the catalog, or says something else', async () => {
    expect((await drafted(answer({ code: 'E-77' }))).proposed).toBeNull()
    expect((await drafted('I cannot say.')).proposed).toBeNull()
    expect((await drafted('')).proposed).toBeNull()
  })

  it('could be sent as it is, whatever the model says', async () => {
    const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 400 })
    const codes = fc.constantFrom(...catalog.codes.map(({ code }) => code))
    const commands = fc.option(fc.constantFrom(...Object.keys(catalog.commands), 'OPEN_VALVE'))
    const said = fc.record({
      code: codes,
      problem: words,
      action: words,
      command: commands,
      fallback: fc.option(words),
    })
    await fc.assert(
      fc.asyncProperty(said, async (statement) => {
        const question = `What does ${statement.code} mean?`
        const { proposed } = await drafted(writeAnswer(statement), { question })
        if (!proposed) return
        const form = { ...proposed, question, reason: 'outdated', consent: CONSENT_LINE }
        expect(checkCorrection(form, catalog)).toMatchObject({ ok: true })
        expect([null, catalog.find(proposed.code)?.command]).toContain(proposed.command)
      }),
      { numRuns: 60 },
    )
  })
})
