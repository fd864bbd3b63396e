import { AppError } from '../../lib/errors.ts'

export class WorkOrderUnknownError extends AppError {
  constructor(id: string) {
    super({
      code: 'work_order_unknown',
      message: `no work order ${id}`,
      remedy: 'There is no work order with that id. "work-orders list" shows those there are.',
    })
  }
}

export class WorkOrderClosedError extends AppError {
  constructor(id: string, state: string) {
    super({
      code: 'work_order_closed',
      message: `${id} is ${state}`,
      remedy: `This work order is ${state} already. Nothing was changed.`,
    })
  }
}

export class WebhookFailedError extends AppError {
  constructor(message: string, options?: ErrorOptions) {
    super({
      code: 'webhook_failed',
      message,
      remedy:
        'The address in WORK_ORDER_WEBHOOK did not take a work order. It is kept and tried again; check the address and its log.',
      ...options,
    })
  }
}
