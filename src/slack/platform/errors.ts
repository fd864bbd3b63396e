import { AppError } from '../../lib/errors.ts'

export class SlackRefusedError extends AppError {
  override readonly name = 'SlackRefusedError'
  readonly code = 'slack_refused'
  readonly remedy: string
  constructor(reason: string, options?: ErrorOptions) {
    super(`Slack refused our token: ${reason}`, options)
    this.remedy = `Slack refused the token (${reason}). Check SLACK_BOT_TOKEN and SLACK_APP_TOKEN, and that the app is still installed.`
  }
}

export class NotInstalledError extends AppError {
  override readonly name = 'NotInstalledError'
  readonly code = 'not_installed'
  readonly remedy: string
  constructor(team: string, options?: ErrorOptions) {
    super(`the app is not installed in ${team}`, options)
    this.remedy = `The app is not installed in the workspace ${team} any more. Open /slack/install to install it again.`
  }
}

export class PortTakenError extends AppError {
  override readonly name = 'PortTakenError'
  readonly code = 'port_taken'
  readonly remedy: string
  constructor(port: number, reason: string, options?: ErrorOptions) {
    super(`cannot listen on port ${port}: ${reason}`, options)
    this.remedy =
      reason === 'EACCES'
        ? `This account may not use port ${port}. Set PORT to one above 1023.`
        : `Port ${port} is taken by another program. Set PORT to a free one, or stop the other program.`
  }
}

/** The export was made and counts as made; only its file did not arrive. */
export class ExportNotSentError extends AppError {
  override readonly name = 'ExportNotSentError'
  readonly code = 'export_not_sent'
  readonly remedy: string
  constructor(id: string, cause: unknown) {
    super(`export ${id} could not be uploaded`, { cause })
    this.remedy = `The export was written, but Slack did not take its file. Ask for it again in a minute: \`/hydrocore export ${id}\``
  }
}

export class UploadFailedError extends AppError {
  override readonly name = 'UploadFailedError'
  readonly code = 'upload_failed'
  readonly remedy = 'Slack did not take the file. Please try again in a minute.'
  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(`${file} was not uploaded: ${reason}`, options)
  }
}
