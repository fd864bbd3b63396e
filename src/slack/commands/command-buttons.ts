import { ACTION, VIEW } from '../blocks/ids.ts'
import { type Feature, feature } from '../platform/feature.ts'
import {
  type CommandListenerDeps,
  onApproveCommand,
  onAskAgain,
  onAskOperator,
  onCancelCommand,
  onCheckedOnSite,
  onDenyCommand,
  onDeviceChosen,
  onDeviceSearch,
  onOfferAgain,
  onRunCommand,
} from './listeners.ts'

/** The buttons below an answer that send a command to the device, and the form that asks for the device. */
export function createCommandButtons(deps: CommandListenerDeps): Feature {
  return feature((app) => {
    app.action(ACTION.runCommand, onRunCommand(deps))
    app.action(ACTION.askOperator, onAskOperator(deps))
    app.action(ACTION.approveCommand, onApproveCommand(deps))
    app.action(ACTION.denyCommand, onDenyCommand(deps))
    app.action(ACTION.cancelCommand, onCancelCommand(deps))
    app.action(ACTION.offerAgain, onOfferAgain(deps))
    app.action(ACTION.askAgain, onAskAgain(deps))
    app.action(ACTION.checkOnSite, onCheckedOnSite(deps))
    app.options(ACTION.searchDevice, onDeviceSearch(deps))
    app.view(VIEW.chooseDevice, onDeviceChosen(deps))
  })
}
