import type { Outbox } from '../../outbox/outbox.ts'
import { ACTION, VIEW } from '../blocks/ids.ts'
import { type Feature, feature } from '../platform/feature.ts'
import {
  onScheduleWork,
  onWorkCancelled,
  onWorkDone,
  onWorkOrderSent,
  type WorkOrderListenerDeps,
} from './listeners.ts'
import { notifyAssignees } from './notices.ts'

/** Work orders: the form that schedules one, its assignee's notices, and its end. */
export function createWorkOrderForms(deps: WorkOrderListenerDeps & { outbox: Outbox }): Feature {
  notifyAssignees(deps)
  return feature((app) => {
    app.action(ACTION.scheduleWork, onScheduleWork(deps))
    app.view(VIEW.workOrder, onWorkOrderSent(deps))
    app.action(ACTION.workDone, onWorkDone(deps))
    app.action(ACTION.workCancelled, onWorkCancelled(deps))
  })
}
