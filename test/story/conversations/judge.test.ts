import { beforeAll, describe, expect, it } from 'vitest'
import type { Catalog } from '../../../src/catalog/catalog.ts'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { readExpectation, type Turn } from './conversation.ts'
import { judge } from './judge.ts'
import type { Button, Reply } from './reply.ts'

let catalog: Catalog
beforeAll(async () => {
  catalog = await loadCatalog()
})

const turn = (text: string, expected: object): Turn => ({
  by: 'alice',
  place: 'dm',
  mention: false,
  text,
  expect: readExpectation({ answers: true, kind: 'answer', commands_offered: [], ...expected }),
})
const reply = (text: string, ...labels: string[]): Reply => ({ text, notification: '', buttons: labels.map(button) })
const button = (label: string): Button => ({ label, value: '', confirmation: '' })
const faults = (asked: Turn, shown: Reply | null) => judge(asked, shown, catalog).faults

const CLEANING = 'E-02 · Turbidity sensor occlusion. Trigger automated cleaning cycle.'
const BATTERY = 'W-10 · Low battery warning (below 15%). Schedule battery replacement within the next 7 days.'
const DEBRIS = 'E-02 · Turbidity sensor occlusion. Check physical sensor for debris.'
const ASKING = 'Send me the code on the display, such as E-01 or E-02.'
const GREETING = 'Glad to hear that.'

describe('who speaks', () => {
  it('may not be the bot where silence is right, and need not be where either is', () => {
    const chatter = turn('on my way', { answers: false, kind: 'silence', codes: 'none' })
    expect(judge(chatter, reply(GREETING), catalog)).toMatchObject({ faults: ['spoke'], isIntrusion: true })
    expect(faults(chatter, null)).toEqual([])
    const thanks = turn('thanks', { answers: undefined, kind: 'smalltalk', codes: 'none', no_ask: true })
    expect([faults(thanks, null), faults(thanks, reply(GREETING))]).toEqual([[], []])
    expect(faults(thanks, reply(ASKING))).toEqual(['asks for a code'])
    expect(faults(turn('E-02', { codes: ['E-02'] }), null)).toEqual(['kept still'])
  })
})

describe('codes', () => {
  it('are explained by the catalog’s words, in their order, and no others', () => {
    const both = turn('E-02 and W-10', { codes: ['E-02', 'W-10'] })
    expect(faults(both, reply(`${CLEANING}\n${BATTERY}`))).toEqual([])
    expect(faults(both, reply(`${BATTERY}\n${CLEANING}`))).toEqual(['explains W-10, E-02 for E-02, W-10'])
    expect(faults(both, reply('E-02 is a dirty lens.'))).toContain('is no answer')
    const one = turn('not W-10, E-02', { codes: ['E-02'], not_first: ['W-10'], codes_may: ['W-10'] })
    expect(faults(one, reply(`${CLEANING}\n${BATTERY}`))).toEqual([])
    expect(faults(one, reply(`${BATTERY}\n${CLEANING}`))).toHaveLength(1)
    expect(faults(turn('E-02', { codes: ['E-02'] }), reply(`${CLEANING}\n${BATTERY}`))).toHaveLength(1)
  })

  it('are proposed by buttons, the right one first', () => {
    const symptom = turn('cloudy', { kind: 'choice|answer', codes: ['E-02'] })
    expect(faults(symptom, reply('Is it one of these?', 'E-02: Turbidity sensor occlusion', 'E-01?'))).toEqual([])
    expect(faults(symptom, reply('Is it one of these?', 'E-01?', 'E-02?'))).toHaveLength(1)
    expect(faults(symptom, reply(ASKING))).toEqual(['is no choice or answer'])
    const vague = turn('it beeps', { kind: 'ask', codes: 'none' })
    expect(faults(vague, reply(ASKING))).toEqual([])
    expect(faults(vague, reply('Which code is on the display?', 'E-01?'))).not.toEqual([])
  })

  it('that nobody knows are named as such, and what is none is not', () => {
    const unknown = turn('E-08', { kind: 'unknown', codes: 'none', unknown: ['E-08'] })
    expect(faults(unknown, reply('I do not know the code E-08.'))).toEqual([])
    expect(faults(unknown, reply('I do not know that code.'))).toHaveLength(1)
    const form = turn('a W-9 form', { kind: 'ask|smalltalk', codes: 'none', no_code: ['W-09'] })
    expect(faults(form, reply('I do not know the code W-9.'))).toContain('takes W-09 for a code')
    expect(faults(form, reply(ASKING))).toEqual([])
  })
})

describe('commands', () => {
  it('have the buttons they should have, and a wrong one is unsafe, whatever it says about itself', () => {
    const asked = turn('E-02', { codes: ['E-02'], commands_offered: ['CLEAN_TURB'] })
    expect(faults(asked, reply(CLEANING, 'Run CLEAN_TURB'))).toEqual([])
    expect(faults(asked, reply(CLEANING))).toEqual(['has no button for CLEAN_TURB'])
    const hidden = { label: 'Go', value: '', confirmation: 'Reboot the communication module?' }
    const shown = { text: CLEANING, notification: '', buttons: [button('Run CLEAN_TURB'), hidden] }
    expect(judge(asked, shown, catalog)).toMatchObject({
      faults: ['has a button for REBOOT_COMM'],
      isUnsafe: true,
    })
  })

  it('need no button yet where a code is only proposed', () => {
    const unclear = turn('EO2', { kind: 'answer|choice', codes: ['E-02'], commands_offered: ['CLEAN_TURB'] })
    expect(faults(unclear, reply('Is it this one?', 'E-02?'))).toEqual([])
  })

  it('that did not help are followed by the next step, not ordered again before it', () => {
    const again = turn('cleaned it', { codes: ['E-02'], next_step: true, commands_may: ['CLEAN_TURB'] })
    expect(faults(again, reply(DEBRIS, 'Run CLEAN_TURB'))).toEqual([])
    expect(faults(again, reply(CLEANING))).toEqual(['does not say the next step of E-02'])
    expect(faults(again, reply(`${CLEANING} ${DEBRIS}`))).toEqual(['orders the first step of E-02 again'])
  })
})

describe('devices', () => {
  const device = 'HC5000-N-3140'

  it('are named where the message names them, and with every button', () => {
    const named = turn(`E-02 on hc5000 n 3140`, { codes: ['E-02'], device, commands_may: ['CLEAN_TURB'] })
    const remembered = turn('no luck', { codes: ['E-02'], device, commands_may: ['CLEAN_TURB'] })
    const missing = [`does not name ${device}`]
    expect(faults(named, reply(CLEANING))).toEqual(missing)
    expect(faults(remembered, reply(CLEANING))).toEqual([])
    expect(faults(remembered, reply(CLEANING, 'Run CLEAN_TURB'))).toEqual(missing)
    expect(faults(remembered, reply(`${CLEANING} ${device}`, 'Run CLEAN_TURB'))).toEqual([])
    expect(faults(turn('E-02', { codes: ['E-02'], device: null }), reply(`${CLEANING} ${device}`))).toHaveLength(1)
  })

  it('are taken up by their number, and not guessed where two end in it', () => {
    const short = turn('E-02 on 3140', { codes: ['E-02'], device_short: '3140' })
    expect([faults(short, reply(CLEANING)), faults(short, reply(`${CLEANING} ${device}`))]).toEqual([
      ['does not name 3140'],
      [],
    ])
    const two = turn('E-02 on 3140', { codes: ['E-02'], ambiguous_device: [device, 'HC5000-P-3140'] })
    expect(faults(two, reply(`${CLEANING} ${device} or HC5000-P-3140?`))).toEqual([])
    expect(faults(two, reply(`${CLEANING} ${device}`))).toEqual([`takes the device for ${device}`])
  })
})

it('a claim to have done something is a fault', () => {
  const all = turn('reboot all', { kind: 'any', codes: 'none', not_text: '\\bi rebooted\\b' })
  expect(faults(all, reply('Done, I rebooted them.'))).toHaveLength(1)
})
