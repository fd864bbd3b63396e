import type { CorrectionDraft } from '../../feedback/corrections/corrections.ts'
import type { DraftOf, Drafts } from '../../feedback/corrections/drafts.ts'
import { createCoalescer } from '../../lib/coalesce.ts'
import type { Logger } from '../../lib/logger.ts'
import type { OpenForm } from '../platform/form-payloads.ts'

/** What people have typed into our forms and not sent yet. */
export type FormDrafts = {
  /** Keeps what stands in the form now. Whoever types quickly has the newest kept, not every letter. */
  save(form: OpenForm): Promise<void>
  load(form: Pick<OpenForm, 'person' | 'metadata'>): Promise<CorrectionDraft | null>
  /** The form is to start over. */
  discard(form: Pick<OpenForm, 'person' | 'metadata'>): Promise<void>
  /** The form was sent: what is still on its way from it is no draft any more. */
  submitted(form: OpenForm): Promise<void>
}

/** What Slack sends of a form may come after it was sent; this many forms are remembered as done. */
const MAX_DONE = 1_000

/** A form is known by what it is about: a person has one draft of each. */
export function createFormDrafts({ drafts, logger }: { drafts: Drafts; logger: Logger }): FormDrafts {
  const newest = new Map<string, OpenForm>()
  const done = new Set<string>()
  const draftOf = ({ person, metadata }: Pick<OpenForm, 'person' | 'metadata'>): DraftOf => ({
    author: person,
    about: metadata,
  })
  const keyOf = ({ person, metadata }: Pick<OpenForm, 'person' | 'metadata'>) =>
    JSON.stringify([person.team, person.user, metadata])
  const write = createCoalescer(async (key) => {
    const form = newest.get(key)
    newest.delete(key)
    if (!form) return
    // A draft that cannot be kept must not cost the person what they are doing.
    await drafts
      .keep(draftOf(form), form.values)
      .catch((error: unknown) => logger.warn({ err: error, user: form.person.user }, 'a draft could not be kept'))
  })
  const drop: FormDrafts['discard'] = async (form) => {
    newest.delete(keyOf(form))
    await write(keyOf(form))
    await drafts.drop(draftOf(form))
  }
  return {
    async save(form) {
      if (done.has(form.viewId)) return
      newest.set(keyOf(form), form)
      await write(keyOf(form))
    },
    async load(form) {
      await write(keyOf(form))
      return drafts.fetch(draftOf(form))
    },
    discard: drop,
    async submitted(form) {
      done.add(form.viewId)
      if (done.size > MAX_DONE) done.delete(done.values().next().value ?? '')
      await drop(form).catch((error: unknown) =>
        logger.warn({ err: error, user: form.person.user }, 'a draft outlives its form'),
      )
    },
  }
}
