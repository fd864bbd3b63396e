import type { CorrectionDraft } from '../../feedback/corrections/corrections.ts'
import type { DraftOf, Drafts } from '../../feedback/corrections/drafts.ts'
import { createCoalescer } from '../../lib/coalesce.ts'
import type { Logger } from '../../lib/logger.ts'
import type { OpenForm } from '../platform/form-payloads.ts'

/** What people have typed into our forms but not submitted. */
export type FormDrafts = {
  /** Saves the form's current values. While somebody types quickly, only the newest are saved. */
  save(form: OpenForm): Promise<void>
  load(form: Pick<OpenForm, 'person' | 'metadata'>): Promise<CorrectionDraft | null>
  /** The form starts over. */
  discard(form: Pick<OpenForm, 'person' | 'metadata'>): Promise<void>
  /** The form was submitted; an update still on its way no longer saves a draft. */
  submitted(form: OpenForm): Promise<void>
}

/** Slack may deliver changes after the submission, so this many submitted forms are remembered. */
const MAX_DONE = 1_000

/** While the database is away, so many drafts wait in memory. */
const MAX_UNSAVED = 1_000

/** A form is identified by its subject: a person has one draft per subject. */
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
    // Failing to save a draft mustn't interrupt the person; it's saved when the form is opened again.
    await drafts.keep(draftOf(form), form.values).catch((error: unknown) => {
      logger.warn({ err: error, user: form.person.user }, 'a draft could not be kept yet')
      if (!newest.has(key)) newest.set(key, form)
      if (newest.size > MAX_UNSAVED) newest.delete(newest.keys().next().value ?? '')
    })
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
