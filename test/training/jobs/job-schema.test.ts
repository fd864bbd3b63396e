import { describe, expect, it } from 'vitest'
import { parseRecipe, Recipe, serializeRecipe } from '../../../src/training/datasets/recipe.ts'
import { listItems, parseCheckpoint, parseEvent, parseJob, sortEvents } from '../../../src/training/jobs/job-schema.ts'
import { errorFromResponse, errorMessageOf } from '../../../src/training/jobs/provider-faults.ts'
import fc from '../../support/properties.ts'

const refused = (status: number, body: unknown) => {
  const said = errorMessageOf(body)
  return errorFromResponse({ status, code: said?.code, message: said?.message ?? '' }, 'creating', 'train.jsonl', null)
}

describe('what a trainer says', () => {
  it('is read or refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (answer) => {
        try {
          expect(parseJob(answer)).toMatchObject({ id: expect.any(String), status: expect.any(String) })
        } catch (error) {
          expect(error).toMatchObject({ code: 'trainer_unreadable' })
        }
        const events = [parseEvent(answer), parseEvent({ data: answer }), parseEvent({ message: answer })]
        expect(sortEvents(events.flatMap((event) => event ?? [])).length).toBeLessThanOrEqual(3)
        parseCheckpoint(answer)
        listItems(answer)
        expect(refused(400, answer)).toHaveProperty('remedy')
      }),
      { numRuns: 300 },
    )
  })

  it('keeps a job’s fields apart, each as it may be', () => {
    const kind = fc.oneof(fc.jsonValue(), fc.constant(undefined))
    const fields = { error: kind, metadata: kind, training_file: kind, trained_tokens: kind, estimated_finish: kind }
    fc.assert(
      fc.property(fc.record(fields), (odd) => {
        expect(parseJob({ id: 7, status: 'Succeeded', fine_tuned_model: 'm', ...odd })).toMatchObject({
          id: '7',
          status: 'succeeded',
          model: 'm',
        })
      }),
      { numRuns: 100 },
    )
  })

  it.each([
    [{ error: { message: 'No', code: 'x' } }, 'No', 'x'],
    [{ error: 'No' }, 'No', null],
    [{ message: 'No', code: 404 }, 'No', null],
    [{ error: { message: { error: { message: 'No' } } } }, 'No', null],
    [{ detail: 'No' }, 'No', null],
    [{ detail: [{ loc: ['body', 'seed'], msg: 'No' }] }, 'body.seed: No', null],
    [{ errors: [{ message: 'No', code: 'y' }] }, 'No', 'y'],
    [{ title: 'No', status: 400 }, 'No', null],
    ['No', 'No', null],
    ['<html><head><title>502\nBad Gateway</title></head><p>x</p></html>', '502 Bad Gateway', null],
  ])('has its words found in %j', (body, message, code) => {
    expect(errorMessageOf(body)).toEqual({ message, code })
  })

  it.each([[null], [''], [{}], [[]], ['<html><body>x</body></html>'], [{ error: null }], [7]])(
    'is nothing in %j',
    (body) => {
      expect(errorMessageOf(body)).toBeNull()
    },
  )

  it.each([
    [
      { level: 'info', message: 'Step 10/90: training loss=0.31, validation loss=0.4' },
      { step: 10, steps: 90, loss: 0.31 },
    ],
    [{ message: 'step 3 of 9, loss: 1.5' }, { step: 3, steps: 9, loss: 1.5 }],
    [{ message: 'Step 4: training loss=2' }, { step: 4, steps: null, loss: 2 }],
    [
      { data: { global_step: 5, max_steps: 6, eval_loss: 0.2 } },
      { step: 5, steps: 6, loss: null, validationLoss: 0.2 },
    ],
  ])('is a step in %j', (event, step) => {
    expect(parseEvent(event)).toMatchObject({ kind: 'step', ...step })
  })

  it.each([
    ['JOB_STATE_SUCCEEDED', 'succeeded'],
    ['Completed', 'succeeded'],
    ['user_error', 'failed'],
    ['Canceled', 'cancelled'],
    ['InProgress', 'in_progress'],
    ['not-started', 'not_started'],
    [null, 'unknown'],
  ])('has the status %s read as %s', (said, status) => {
    expect(parseJob({ id: 'j', status: said }).status).toBe(status)
  })
})

it('a recipe is the same text for the same settings, and read back as it was', () => {
  const hyperparameters = fc.record(
    { epochs: fc.integer({ min: 1, max: 50 }), batchSize: fc.integer({ min: 1, max: 256 }) },
    { requiredKeys: [] },
  )
  const recipes = fc.record({
    method: fc.constantFrom('supervised', 'dpo'),
    seed: fc.option(fc.nat()),
    hyperparameters,
  })
  fc.assert(
    fc.property(recipes, (made) => {
      const recipe = Recipe.parse(made)
      expect(parseRecipe(serializeRecipe(recipe))).toEqual(recipe)
      expect(serializeRecipe(recipe).length).toBeLessThanOrEqual(512)
    }),
    { numRuns: 100 },
  )
  expect(parseRecipe('')).toBeNull()
})
