import { AppError } from '../lib/errors.ts'

export class AnswerMissingError extends AppError {
  override readonly name = 'AnswerMissingError'
  readonly code = 'answer_missing'
  readonly remedy = 'This answer is no longer known here. Ask the question again and judge the new answer.'
  constructor(id: string) {
    super(`there is no answer ${id}`)
  }
}

export class EventTimeError extends AppError {
  override readonly name = 'EventTimeError'
  readonly code = 'event_time_unreadable'
  readonly remedy = 'This vote could not be read and was not counted. Please try once more.'
  constructor(eventTs: string) {
    super(`"${eventTs}" is not an event time`)
  }
}
