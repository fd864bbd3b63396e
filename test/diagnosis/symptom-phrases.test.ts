import { describe, expect, it } from 'vitest'
import { createCatalog } from '../../src/catalog/catalog.ts'
import { loadCatalog } from '../../src/catalog/loading.ts'
import { createSymptomSearch } from '../../src/diagnosis/symptoms.ts'

const catalog = await loadCatalog()
const search = createSymptomSearch(catalog)

/** As technicians write: short, in a hurry, with slips. */
describe('real words', () => {
  it.each([
    ['pH is drifting again on the north tank', 'E-01'],
    ['the ph value does not match the lab', 'E-01'],
    ['calibration seems off', 'E-01'],
    ['Readings of the pH jump up and down', 'E-01'],
    ['ph sensor drift??', 'E-01'],
    ['callibration of HC5000-A-1138 is gone', 'E-01'],
    ['cloudy reading after the storm', 'E-02'],
    ['turbidity way too high although the water is clear', 'E-02'],
    ['dirt on the lens', 'E-02'],
    ['turbitity is nonsense since monday', 'E-02'],
    ['I think the optics have an occlusion', 'E-02'],
    ['no data since this morning', 'E-05'],
    ["HC5000-B-2201 doesn't send data any more", 'E-05'],
    ['unit is offline', 'E-05'],
    ['we lost the connection to the gateway', 'E-05'],
    ['gateway cannot see it', 'E-05'],
    ['communication is dead', 'E-05'],
    ['battery low', 'W-10'],
    ['batery almost empty', 'W-10'],
    ['The batteries of two units are at 12%', 'W-10'],
    ['low battery warning on the display', 'W-10'],
  ])('%s', (text, code) => {
    expect(search(text)[0]).toBe(code)
  })

  it('names each of two symptoms', () => {
    expect([...search('battery low and no data from the device')].sort()).toEqual(['E-05', 'W-10'])
  })

  it.each([
    'what is the weather tomorrow',
    'tell me a joke',
    'thanks a lot, that was all',
    'who are you and what can you do',
    'is this a warning or an error',
    'the device is broken',
    'my unit shows something, can you help please',
    'there is no problem here',
    'what is the highest mountain',
    'please review my draft',
    'read me the mail about the new device',
    'order five samples of paper',
    'the water is fine today',
    'HC5000-A-1138',
    'what does this alarm code mean on my unit',
    'phone me',
    'not yet',
    '15',
    '',
  ])('nothing: %s', (text) => {
    expect(search(text)).toEqual([])
  })
})

it('works for a catalog about something else', () => {
  const [entry] = catalog.codes
  const brewing = createCatalog({
    ...catalog,
    commands: { ...catalog.commands },
    devicePattern: '^CM-\\d+$',
    codes: [
      { ...entry, code: 'C-01', problem: 'Grinder blocked', symptoms: ['grinder hums but no coffee'] },
      { ...entry, code: 'C-02', problem: 'Boiler scale', symptoms: ['coffee is lukewarm', 'white flakes in the cup'] },
    ] as (typeof catalog.codes)[number][],
  })
  const find = createSymptomSearch(brewing)
  expect(find('it hums, and there is no coffee')[0]).toBe('C-01')
  expect(find('my coffee is lukewarm')[0]).toBe('C-02')
  expect(find('I would like a coffee')).toEqual([])
})
