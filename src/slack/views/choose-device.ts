import type { KnownBlock, ModalView } from '@slack/types'
import type { Command } from '../../commands/command.ts'
import type { Device } from '../../commands/devices.ts'
import { plainText, section } from '../blocks/elements.ts'
import { escapeMrkdwn } from '../escaping.ts'
import { VIEW } from '../ids.ts'
import { LIMITS } from '../limits.ts'

/** The name of the form's one field. */
export const DEVICE_FIELD = 'device'

/** Asks which device a command is for, when the question named none; sending the form sends the command. */
export function chooseDeviceView(command: Command, devices: readonly Device[]): ModalView {
  return {
    type: 'modal',
    callback_id: VIEW.chooseDevice,
    private_metadata: command.id,
    title: plainText('Which device?', LIMITS.viewTitle),
    submit: plainText('Send it', LIMITS.viewTitle),
    close: plainText('Not now', LIMITS.viewTitle),
    blocks: [
      section(
        `*${escapeMrkdwn(command.command)}* for ${escapeMrkdwn(command.code)} will be sent to the device on site.`,
      ),
      devices.length > 0 && devices.length <= LIMITS.selectOptions ? deviceSelect(devices) : deviceInput(),
    ],
  }
}

function deviceSelect(devices: readonly Device[]): KnownBlock {
  return {
    type: 'input',
    block_id: DEVICE_FIELD,
    label: plainText('Device'),
    element: {
      type: 'static_select',
      action_id: DEVICE_FIELD,
      placeholder: plainText('Choose a device'),
      options: devices.map(({ id, isOnline }) => ({
        text: plainText(`${id} (${isOnline ? 'online' : 'offline'})`, LIMITS.optionText),
        value: id,
      })),
    },
  }
}

function deviceInput(): KnownBlock {
  return {
    type: 'input',
    block_id: DEVICE_FIELD,
    label: plainText('Device'),
    element: { type: 'plain_text_input', action_id: DEVICE_FIELD, placeholder: plainText('HC5000-A-1138') },
  }
}
