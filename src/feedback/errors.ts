import { AppError } from '../lib/errors.ts'

export class AnswerMissingError extends AppError {
  constructor(id: string) {
    super({
      code: 'answer_missing',
      message: `there is no answer ${id}`,
      remedy: 'This answer is no longer known here. Ask the question again and judge the new answer.',
    })
  }
}

export class EventTimeError extends AppError {
  constructor(eventTs: string) {
    super({
      code: 'event_time_unreadable',
      message: `"${eventTs}" is not an event time`,
      remedy: 'This vote could not be read and was not counted. Please try once more.',
    })
  }
}
