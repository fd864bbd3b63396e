import { describe, expect, it } from 'vitest'
import { readConfig, SettingsError } from '../../src/config/config.ts'
import { readEnvironment } from '../../src/config/env.ts'

describe('the settings of what follows from commands', () => {
  const read = (settings: Record<string, string>) =>
    readConfig(readEnvironment(settings), { slack: false, model: false })
  const faultsOf = (settings: Record<string, string>) => {
    try {
      read(settings)
      return []
    } catch (error) {
      return error instanceof SettingsError
        ? error.faults.map(({ variable, problem }) => `${variable} ${problem}`)
        : [error]
    }
  }
  const url = 'https://orders.example.com/hook'

  it('are off unless set', () => {
    expect(read({})).toMatchObject({ alerts: null, workOrders: { webhook: null } })
    expect(read({}).gateway.clientId).toBeUndefined()
  })

  it('name a channel, and its workspace where there are several', () => {
    expect(read({ ALERT_CHANNEL: 'C0ALERT001' }).alerts).toEqual({ channel: 'C0ALERT001', team: null })
    const several = { SLACK_CLIENT_ID: '1.2', ALERT_CHANNEL: 'T0HYDRO001/C0ALERT001' }
    expect(read(several).alerts).toEqual({ channel: 'C0ALERT001', team: 'T0HYDRO001' })
    expect(faultsOf({ ...several, ALERT_CHANNEL: 'C0ALERT001' })).toEqual(['ALERT_CHANNEL names no workspace'])
    for (const odd of ['#device-alerts', 'D0TECH0001', 'C0ALERT001/T0HYDRO001', 'https://x.example'])
      expect(faultsOf({ ALERT_CHANNEL: odd })).toEqual(['ALERT_CHANNEL is no channel id'])
  })

  it('name a channel for reviews by the same rules', () => {
    expect(read({ REVIEW_CHANNEL: 'C0REVIEW01' }).reviews).toEqual({ channel: 'C0REVIEW01', team: null })
    expect(faultsOf({ REVIEW_CHANNEL: '#reviews' })).toEqual(['REVIEW_CHANNEL is no channel id'])
  })

  it('post nothing that is not signed', () => {
    const secret = 'a secret of some length'
    expect(read({ WORK_ORDER_WEBHOOK: url, WORK_ORDER_SECRET: secret }).workOrders.webhook).toEqual({ url, secret })
    expect(faultsOf({ WORK_ORDER_WEBHOOK: url })).toEqual(['WORK_ORDER_SECRET is not set'])
    expect(faultsOf({ WORK_ORDER_WEBHOOK: url, WORK_ORDER_SECRET: 'short' })).toEqual([
      'WORK_ORDER_SECRET is shorter than 16 characters',
    ])
    expect(faultsOf({ WORK_ORDER_WEBHOOK: 'ftp://orders.example.com' })).toEqual(['WORK_ORDER_WEBHOOK is no address'])
  })

  it('give an instance its own name with the broker', () => {
    expect(read({ MQTT_CLIENT_ID: 'plant-2' }).gateway.clientId).toBe('plant-2')
  })
})
