import { AppError } from '../../lib/errors.ts'

export class WorkOrderUnknownError extends AppError {
  override readonly name = 'WorkOrderUnknownError'
  readonly code = 'work_order_unknown'
  readonly remedy = 'There is no work order with that id. "work-orders list" shows those there are.'
  constructor(id: string) {
    super(`no work order ${id}`)
  }
}

export class WorkOrderClosedError extends AppError {
  override readonly name = 'WorkOrderClosedError'
  readonly code = 'work_order_closed'
  readonly remedy: string
  constructor(id: string, state: string) {
    super(`${id} is ${state}`)
    this.remedy = `This work order is ${state} already. Nothing was changed.`
  }
}

export class WebhookFailedError extends AppError {
  override readonly name = 'WebhookFailedError'
  readonly code = 'webhook_failed'
  readonly remedy =
    'The address in WORK_ORDER_WEBHOOK did not take a work order. It is kept and tried again; check the address and its log.'
}
