import { AppError } from '../lib/errors.ts'

export class SlackRefusedError extends AppError {
  override readonly name = 'SlackRefusedError'
  readonly code = 'slack_refused'
  readonly remedy: string
  constructor(reason: string, options?: ErrorOptions) {
    super(`Slack refused our token: ${reason}`, options)
    this.remedy = `Slack refused the token (${reason}). Check SLACK_BOT_TOKEN and SLACK_APP_TOKEN, and that the app is still installed.`
  }
}
