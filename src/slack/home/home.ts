import { ACTION } from '../blocks/ids.ts'
import { type Feature, feature } from '../platform/feature.ts'
import {
  type HomeListenerDeps,
  onHomeApproveCommand,
  onHomeDenyCommand,
  onHomeOpened,
  onHomePage,
  onHomeRefresh,
  onWithdrawCommand,
  onWithdrawCorrection,
} from './listeners.ts'

/** App Home: its pages, and the decisions made there. */
export function createHome(deps: HomeListenerDeps): Feature {
  return feature((app) => {
    app.event('app_home_opened', onHomeOpened(deps))
    app.action(ACTION.homeNext, onHomePage(deps))
    app.action(ACTION.homeBack, onHomePage(deps))
    app.action(ACTION.homeRefresh, onHomeRefresh(deps))
    app.action(ACTION.homeApproveCommand, onHomeApproveCommand(deps))
    app.action(ACTION.homeDenyCommand, onHomeDenyCommand(deps))
    app.action(ACTION.withdrawCommand, onWithdrawCommand(deps))
    app.action(ACTION.withdrawCorrection, onWithdrawCorrection(deps))
  })
}
