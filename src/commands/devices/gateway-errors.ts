import { AppError } from '../../lib/errors.ts'

export class GatewayOfflineError extends AppError {
  override readonly name = 'GatewayOfflineError'
  readonly code = 'gateway_offline'
  readonly remedy = 'The device gateway is not connected. Nothing was sent; try again in a minute.'
}

/** Of all errors of a send the only one after which the device may have heard the command. */
export class GatewayUncertainError extends AppError {
  override readonly name = 'GatewayUncertainError'
  readonly code = 'gateway_uncertain'
  readonly remedy =
    'It is not known whether the command was sent: the device gateway did not confirm it. Look at the device before you try again.'
}

export class GatewayRefusedError extends AppError {
  override readonly name = 'GatewayRefusedError'
  readonly code = 'gateway_refused'
  readonly remedy =
    'The device gateway refused the command. Nothing was sent; ask your administrator to check its permissions.'
}

export class CommandExpiredError extends AppError {
  override readonly name = 'CommandExpiredError'
  readonly code = 'command_expired'
  readonly remedy = 'The time for this command ran out before it could be sent. Nothing was sent; ask for it again.'
}

export class InvalidDeviceIdError extends AppError {
  override readonly name = 'InvalidDeviceIdError'
  readonly code = 'invalid_device_id'
  readonly remedy =
    'That is not a device id a command can be addressed to. Nothing was sent; check the id on the unit, for example HC5000-A-1138.'
}
