import { AppError } from '../../lib/errors.ts'

export class SlackRefusedError extends AppError {
  constructor(reason: string, options?: ErrorOptions) {
    super({
      code: 'slack_refused',
      message: `Slack refused our token: ${reason}`,
      remedy: `Slack refused the token (${reason}). Check SLACK_BOT_TOKEN and SLACK_APP_TOKEN, and that the app is still installed.`,
      ...options,
    })
  }
}

export class NotInstalledError extends AppError {
  constructor(team: string, options?: ErrorOptions) {
    super({
      code: 'not_installed',
      message: `the app is not installed in ${team}`,
      remedy: `The app is not installed in the workspace ${team} any more. Open /slack/install to install it again.`,
      ...options,
    })
  }
}

export class PortTakenError extends AppError {
  constructor(port: number, reason: string, options?: ErrorOptions) {
    super({
      code: 'port_taken',
      message: `cannot listen on port ${port}: ${reason}`,
      remedy:
        reason === 'EACCES'
          ? `This account may not use port ${port}. Set PORT to one above 1023.`
          : `Port ${port} is taken by another program. Set PORT to a free one, or stop the other program.`,
      ...options,
    })
  }
}

/** The export succeeded and is recorded; only its file didn't arrive. */
export class ExportNotSentError extends AppError {
  constructor(id: string, cause: unknown) {
    super({
      code: 'export_not_sent',
      message: `export ${id} could not be uploaded`,
      remedy: `The export was written, but Slack did not take its file. Ask for it again in a minute: \`/hydrocore export ${id}\``,
      cause,
    })
  }
}

export class UploadFailedError extends AppError {
  constructor(file: string, reason: string, options?: ErrorOptions) {
    super({
      code: 'upload_failed',
      message: `${file} was not uploaded: ${reason}`,
      remedy: 'Slack did not take the file. Please try again in a minute.',
      ...options,
    })
  }
}
