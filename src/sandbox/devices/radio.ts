import { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { connect } from 'mqtt'

/** A unit's connection to the broker, as a device maker would write it. */
export type Radio = {
  say(channel: 'results' | 'status' | 'events', payload: unknown): void
  /** Ends politely when all is said: the broker keeps the last will to itself. */
  hangUp(): Promise<void>
  /** Gone without a word, as when the power fails: the broker speaks the last will. */
  cut(): Promise<void>
}

/** Between two attempts to reach the broker. */
const RETRY_MS = 250
/** A broker that does not answer must not keep the unit from switching off. */
const HANG_UP_PATIENCE_MS = 500

/** Connects, and reconnects until it is ended. Commands that come while the unit is away are kept by the broker. */
export function switchOn(unit: {
  brokerUrl: string
  device: string
  onOnline: () => void
  onOffline: () => void
  onCommand: (payload: Buffer) => void
}): Radio {
  const topic = (channel: string) => `hydrocore/${unit.device}/${channel}`
  const client = connect(unit.brokerUrl, {
    clientId: unit.device,
    clean: false,
    will: { topic: topic('status'), payload: Buffer.from(statusNow(false)), qos: 1, retain: true },
    reconnectPeriod: RETRY_MS,
    resubscribe: false,
  })
  client.on('connect', () => {
    if (client.stream instanceof Socket) client.stream.setNoDelay(true)
    client.subscribe(topic('commands'), { qos: 1 }, (error) => {
      if (!error) unit.onOnline()
    })
  })
  client.on('close', unit.onOffline)
  client.on('message', (_topic, payload) => unit.onCommand(payload))

  const end = async (isForced: boolean) => {
    await Promise.race([client.endAsync(isForced), wait(HANG_UP_PATIENCE_MS, undefined, { ref: false })])
    client.stream.destroy()
  }
  return {
    say(channel, payload) {
      const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
      client.publish(topic(channel), text, { qos: 1, retain: channel === 'status' })
    },
    hangUp: () => end(!client.connected),
    cut: () => end(true),
  }
}

function statusNow(online: boolean): string {
  return JSON.stringify({ online, at: new Date().toISOString() })
}
