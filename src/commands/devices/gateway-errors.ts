import { AppError } from '../../lib/errors.ts'

export class GatewayOfflineError extends AppError {
  constructor(message: string, options?: ErrorOptions) {
    super({
      code: 'gateway_offline',
      message,
      remedy: 'The device gateway is not connected. Nothing was sent; try again in a minute.',
      ...options,
    })
  }
}

/** The only send error after which the device may have received the command. */
export class GatewayUncertainError extends AppError {
  constructor(message: string, options?: ErrorOptions) {
    super({
      code: 'gateway_uncertain',
      message,
      remedy:
        'It is not known whether the command was sent: the device gateway did not confirm it. Look at the device before you try again.',
      ...options,
    })
  }
}

export class GatewayRefusedError extends AppError {
  constructor(message: string, options?: ErrorOptions) {
    super({
      code: 'gateway_refused',
      message,
      remedy:
        'The device gateway refused the command. Nothing was sent; ask your administrator to check its permissions.',
      ...options,
    })
  }
}

export class CommandExpiredError extends AppError {
  constructor(message: string, options?: ErrorOptions) {
    super({
      code: 'command_expired',
      message,
      remedy: 'The time for this command ran out before it could be sent. Nothing was sent; ask for it again.',
      ...options,
    })
  }
}

export class InvalidDeviceIdError extends AppError {
  constructor(message: string, options?: ErrorOptions) {
    super({
      code: 'invalid_device_id',
      message,
      remedy:
        'That is not a device id a command can be addressed to. Nothing was sent; check the id on the unit, for example HC5000-A-1138.',
      ...options,
    })
  }
}
