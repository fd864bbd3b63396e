import type { KnownBlock, ModalView } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Command } from '../../commands/command.ts'
import type { Device } from '../../commands/devices/device.ts'
import { plainText, section } from '../blocks/elements.ts'
import { ACTION, VIEW } from '../blocks/ids.ts'
import { LIMITS } from '../blocks/limits.ts'
import { cut, escapeCode, escapeMrkdwn } from '../platform/escaping.ts'

/** The action id of the form's only field. */
export const DEVICE_FIELD = 'device'

/**
 * Asks for the device before a command is sent; submitting the form sends the command. At medium risk a known id is
 * typed again too: whoever types it has looked at it.
 */
export function chooseDeviceView(command: Command, catalog: Pick<Catalog, 'command'>): ModalView {
  const risk = catalog.command(command.command)?.risk
  const isTyped = risk === 'medium'
  const isRequest = risk === 'high'
  return {
    type: 'modal',
    callback_id: VIEW.chooseDevice,
    private_metadata: command.id,
    title: plainText(isTyped ? 'Please confirm' : 'Which device?', LIMITS.viewTitle),
    submit: plainText(isRequest ? 'Request it' : 'Send it', LIMITS.viewTitle),
    close: plainText('Not now', LIMITS.viewTitle),
    blocks: [section(purpose(command, isRequest)), isTyped ? typedDevice(command) : deviceSearch('Device')],
  }
}

function purpose({ command, code, device }: Command, isRequest: boolean): string {
  const where = device ? `\`${escapeCode(device)}\`, the device on site` : 'the device on site'
  return `*${escapeMrkdwn(command)}* for ${escapeMrkdwn(code)} will be sent to ${where}${isRequest ? ' once a second operator approves it' : ''}.`
}

function typedDevice({ device }: Command): KnownBlock {
  return {
    type: 'input',
    block_id: DEVICE_FIELD,
    label: plainText(device ? 'Type the id of the device to confirm' : 'Type the id of the device'),
    element: {
      type: 'plain_text_input',
      action_id: DEVICE_FIELD,
      max_length: LIMITS.optionValue,
      // Not the id itself, which is to be read and typed rather than copied.
      placeholder: plainText('HC5000-X-0000'),
    },
  }
}

/** A search over the known devices; Slack queries us while the person types. */
export function deviceSearch(label: string): KnownBlock {
  return {
    type: 'input',
    block_id: DEVICE_FIELD,
    label: plainText(label),
    element: {
      type: 'external_select',
      action_id: ACTION.searchDevice,
      min_query_length: 0,
      placeholder: plainText('Search for a device'),
    },
  }
}

/** The devices found, as options of the menu. */
export function deviceOptions(found: readonly Device[]) {
  return found
    .filter(({ id }) => id.length <= LIMITS.optionValue)
    .slice(0, LIMITS.selectOptions)
    .map(({ id, isOnline, codes }) => ({
      text: plainText(
        cut([id, isOnline ? 'online' : 'offline', ...codes.slice(-3)].join(' · '), LIMITS.optionText),
        LIMITS.optionText,
      ),
      value: id,
    }))
}
