import type { Block, Message, Person, Snapshot, View } from '../../../src/sandbox/page/contract.ts'

export const BOT = 'U0BOT'
export const TESSA = 'U0TESSA'
export const OMAR = 'U0OMAR'
const RITA = 'U0RITA'
const GUS = 'U0GUS'
const GENERAL = 'C0GENERAL'
export const FIELD = 'C0FIELD'
export const DIRECT = 'D0TESSA'

const PEOPLE: readonly Person[] = [
  { id: TESSA, name: 'tessa', realName: 'Tessa Berg', title: 'Field technician', kind: 'member', color: '#c2410c' },
  { id: OMAR, name: 'omar', realName: 'Omar Haddad', title: 'Operator', kind: 'member', color: '#4338ca' },
  { id: RITA, name: 'rita', realName: 'Rita Novak', title: 'Reviewer', kind: 'member', color: '#a16207' },
  { id: GUS, name: 'gus', realName: 'Gus Lindqvist', title: 'Guest from a supplier', kind: 'guest', color: '#94a3b8' },
  { id: BOT, name: 'hydrocore', realName: 'HydroCore Assistant', title: '', kind: 'bot', color: '#0b6e8f' },
]

/** Days are counted back from the moment of the test, so that "Today" stands in every picture. */
const secondsNow = Math.floor(Date.now() / 1000)
export const tsAt = (minutesAgo: number, index = 0): string =>
  `${secondsNow - minutesAgo * 60}.${String(index).padStart(6, '0')}`

export const message = (given: Partial<Message> & Pick<Message, 'channel' | 'ts' | 'userId'>): Message => ({
  threadTs: null,
  text: '',
  blocks: [],
  markdown: null,
  isStreaming: false,
  isEdited: false,
  isEphemeral: false,
  reactions: [],
  files: [],
  forwarded: [],
  isBroadcast: false,
  replyCount: 0,
  ...given,
})

const plain = (text: string) => ({ type: 'plain_text', text, emoji: true })
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text })

/** An answer as the assistant lays it out. */
const ANSWER: readonly Block[] = [
  {
    type: 'section',
    block_id: 'problem',
    text: mrkdwn(
      '*E-02* means a *turbidity sensor occlusion*.\nTrigger an automated cleaning cycle. Check the physical sensor for debris if the error persists.',
    ),
  },
  {
    type: 'section',
    block_id: 'unit',
    fields: [mrkdwn('*Device*\nHC5000-A-1138'), mrkdwn('*State*\n:large_green_circle: online, firmware 5.2.1')],
  },
  {
    type: 'actions',
    block_id: 'commands',
    elements: [
      {
        type: 'button',
        action_id: 'run_command',
        style: 'primary',
        text: plain('Run CLEAN_TURB'),
        value: 'offer-1',
        confirm: {
          title: plain('Run CLEAN_TURB?'),
          text: mrkdwn('*HC5000-A-1138* starts a cleaning cycle. It takes about two minutes.'),
          confirm: plain('Run it'),
          deny: plain('Not now'),
        },
      },
      { type: 'button', action_id: 'visit', text: plain('Schedule a visit'), value: 'visit-1' },
    ],
  },
  {
    type: 'context_actions',
    block_id: 'feedback',
    elements: [
      {
        type: 'feedback_buttons',
        action_id: 'answer_feedback',
        positive_button: { text: plain('Good answer'), value: 'up:1' },
        negative_button: { text: plain('Wrong answer'), value: 'down:1' },
      },
      { type: 'icon_button', icon: 'trash', action_id: 'remove', text: plain('Remove'), value: 'remove-1' },
    ],
  },
  {
    type: 'context',
    block_id: 'source',
    elements: [
      mrkdwn('assistant · ft:hydro-mini:7f3a'),
      mrkdwn('catalog 2026.11'),
      mrkdwn('worked in 41 of 46 uses, 90 days'),
    ],
  },
]

export const CORRECTION: View = {
  id: 'V0CORRECT',
  type: 'modal',
  callbackId: 'correction',
  title: 'Correct this answer',
  submit: 'Send correction',
  close: 'Cancel',
  blocks: [
    {
      type: 'section',
      block_id: 'intro',
      text: mrkdwn('What you enter here may become training data. Device ids and names are taken out.'),
    },
    {
      type: 'input',
      block_id: 'question',
      label: plain('The question, as it should be taught'),
      element: {
        type: 'plain_text_input',
        action_id: 'text',
        multiline: true,
        initial_value: 'My HydroCore unit is showing error E-02. What is wrong?',
        max_length: 300,
      },
    },
    {
      type: 'input',
      block_id: 'code',
      label: plain('Right code'),
      element: {
        type: 'static_select',
        action_id: 'code',
        placeholder: plain('Choose a code'),
        options: [
          'E-01 pH sensor calibration drift',
          'E-02 Turbidity sensor occlusion',
          'E-05 Communication module failure',
          'W-10 Low battery',
        ].map((text) => ({
          text: plain(text),
          value: text.slice(0, 4),
        })),
      },
    },
    {
      type: 'input',
      block_id: 'action',
      label: plain('Right action'),
      hint: plain('One sentence a technician can follow.'),
      element: { type: 'plain_text_input', action_id: 'text' },
    },
    {
      type: 'input',
      block_id: 'reason',
      label: plain('What was wrong with the answer'),
      element: {
        type: 'radio_buttons',
        action_id: 'reason',
        options: [
          { text: plain('Wrong meaning'), value: 'meaning' },
          { text: plain('Wrong action'), value: 'action' },
          { text: plain('Outdated'), value: 'outdated', description: plain('It was right once') },
        ],
      },
    },
    {
      type: 'input',
      block_id: 'note',
      optional: true,
      label: plain('Note for the reviewer'),
      element: { type: 'plain_text_input', action_id: 'text', multiline: true },
    },
    {
      type: 'input',
      block_id: 'consent',
      label: plain('Consent'),
      element: {
        type: 'checkboxes',
        action_id: 'consent',
        options: [
          { text: mrkdwn('These words may train the assistant. *I can withdraw them at any time.*'), value: 'yes' },
        ],
      },
    },
  ],
}

export const HOME: View = {
  id: 'V0HOME',
  type: 'home',
  callbackId: 'home',
  title: 'HydroCore Assistant',
  submit: null,
  close: null,
  blocks: [
    { type: 'header', block_id: 'h', text: plain('Good morning, Tessa') },
    {
      type: 'section',
      block_id: 's',
      text: mrkdwn('Ask me about an error code in a message, or with `/diagnose E-02 HC5000-A-1138`.'),
    },
    { type: 'divider', block_id: 'd' },
    { type: 'header', block_id: 'h2', text: plain('Corrections to review') },
    {
      type: 'section',
      block_id: 'c1',
      text: mrkdwn('*E-02, wrong action* · proposed by <@U0OMAR>\n> Check physical sensor for debris before cleaning.'),
      accessory: { type: 'button', action_id: 'review', text: plain('Review'), value: 'c1' },
    },
    {
      type: 'section',
      block_id: 'c2',
      text: mrkdwn('*W-10, outdated* · proposed by <@U0TESSA>, twice\n> Replace the battery within 3 days, not 7.'),
      accessory: {
        type: 'overflow',
        action_id: 'more',
        options: [
          { text: plain('Review'), value: 'review' },
          { text: plain('Reject as duplicate'), value: 'duplicate' },
        ],
      },
    },
    { type: 'alert', block_id: 'a', level: 'warning', text: plain('The model assistant-2026-10 retires in 53 days.') },
    {
      type: 'table',
      block_id: 't',
      rows: [
        ['Code', 'Asked', 'Solved'].map((text) => ({ type: 'raw_text', text })),
        ['E-02', '46', '41'].map((text) => ({ type: 'raw_text', text })),
        ['E-05', '12', '7'].map((text) => ({ type: 'raw_text', text })),
      ],
    },
    {
      type: 'actions',
      block_id: 'x',
      elements: [{ type: 'button', action_id: 'export', style: 'primary', text: plain('Export approved'), value: 'x' }],
    },
  ],
}

export function sampleRoom(): Snapshot {
  const [q1, q2] = [tsAt(60 * 26), tsAt(9)]
  const ask = tsAt(31)
  return {
    workspace: {
      name: 'Northwind Water',
      teamId: 'T0SANDBOX',
      botUserId: BOT,
      appName: 'HydroCore Assistant',
      appConnected: true,
    },
    viewerId: TESSA,
    people: PEOPLE,
    channels: [
      {
        id: GENERAL,
        name: 'general',
        kind: 'channel',
        topic: 'Company news',
        memberIds: [TESSA, OMAR, RITA, GUS, BOT],
      },
      {
        id: FIELD,
        name: 'field-ops',
        kind: 'channel',
        topic: 'Devices in the field: codes, visits, spare parts',
        memberIds: [TESSA, OMAR, RITA, BOT],
      },
      { id: DIRECT, name: '', kind: 'im', topic: '', memberIds: [TESSA, BOT] },
    ],
    messages: [
      message({ channel: GENERAL, ts: tsAt(60 * 50), userId: RITA, text: 'Welcome to the new workspace :wave:' }),
      message({
        channel: FIELD,
        ts: tsAt(60 * 27),
        userId: OMAR,
        text: 'Morning all. The pump house at *Lake Road* is back, thanks <@U0TESSA>.',
        reactions: [
          { name: 'tada', userIds: [TESSA, RITA] },
          { name: '+1::skin-tone-4', userIds: [RITA] },
        ],
      }),
      message({
        channel: FIELD,
        ts: tsAt(60 * 27 - 1),
        userId: OMAR,
        text: 'Next visits:\n• Lake Road, _Tuesday_\n• Mill Street, `HC5000-B-2207`\n> Bring two spare turbidity lenses',
      }),
      message({
        channel: FIELD,
        ts: ask,
        threadTs: ask,
        userId: TESSA,
        text: '<@U0BOT> HC5000-A-1138 shows E-02, what is wrong?',
        replyCount: 2,
      }),
      message({ channel: FIELD, ts: tsAt(31, 5), threadTs: ask, userId: BOT, text: 'E-02', blocks: ANSWER }),
      message({
        channel: FIELD,
        ts: tsAt(20),
        threadTs: ask,
        userId: OMAR,
        text: 'Go ahead, the unit is free.',
        isEdited: true,
      }),
      message({
        channel: FIELD,
        ts: tsAt(12),
        userId: RITA,
        text: 'Here is the export of last week.',
        files: [{ id: 'F1', name: 'corrections-2026-47.jsonl', sizeBytes: 48_213, url: '/sandbox/files/F1' }],
      }),
      message({ channel: DIRECT, ts: q1, threadTs: q1, userId: TESSA, text: 'What does W-10 mean?', replyCount: 1 }),
      message({
        channel: DIRECT,
        ts: tsAt(60 * 26, 9),
        threadTs: q1,
        userId: BOT,
        text: '',
        markdown:
          '**W-10** is a *low battery warning* (below 15 %).\n\n1. Schedule a battery replacement within 7 days\n2. Order part `HC-BAT-2`\n\nMore in the [manual](https://example.com/w-10).',
      }),
      message({
        channel: DIRECT,
        ts: q2,
        threadTs: q2,
        userId: TESSA,
        text: "My HydroCore unit HC5000-A-1138 is showing error E-02. What's wrong?",
        replyCount: 1,
      }),
      message({
        channel: DIRECT,
        ts: tsAt(9, 7),
        threadTs: q2,
        userId: BOT,
        text: 'E-02',
        blocks: ANSWER,
        reactions: [{ name: '+1', userIds: [TESSA] }],
      }),
    ],
    modals: [],
    home: HOME,
    statuses: [],
    commands: [
      { command: '/diagnose', description: 'Explain an error code', usageHint: 'CODE or question [DEVICE]' },
      { command: '/classify', description: 'Sort a log line into a category', usageHint: 'LOG LINE' },
      {
        command: '/hydrocore',
        description: 'Help, status, queue, export',
        usageHint: 'help | status | queue | export',
      },
    ],
    shortcuts: [
      { callbackId: 'diagnose_message', name: 'Diagnose this message', type: 'message' },
      { callbackId: 'ask', name: 'Ask the assistant', type: 'global' },
    ],
    devices: [
      {
        id: 'HC5000-A-1138',
        online: true,
        firmware: '5.2.1',
        codes: ['E-02'],
        behaviour: 'works',
        log: [
          { at: new Date(Date.now() - 90_000).toISOString(), text: 'raised E-02' },
          { at: new Date(Date.now() - 30_000).toISOString(), text: 'heard CLEAN_TURB' },
          { at: new Date(Date.now() - 29_000).toISOString(), text: 'said accepted' },
        ],
      },
      { id: 'HC5000-B-2207', online: true, firmware: '5.1.9', codes: [], behaviour: 'late', log: [] },
      { id: 'HC5000-C-0041', online: false, firmware: '4.8.0', codes: ['E-05', 'W-10'], behaviour: 'silent', log: [] },
    ],
    codes: [
      { code: 'E-01', problem: 'pH sensor calibration drift' },
      { code: 'E-02', problem: 'Turbidity sensor occlusion' },
      { code: 'E-05', problem: 'Communication module failure' },
      { code: 'W-10', problem: 'Low battery warning' },
    ],
    about: [
      { label: 'Model in use', value: 'ft:hydro-mini:7f3a' },
      { label: 'Model server', value: 'http://127.0.0.1:4010/v1' },
      { label: 'MQTT broker', value: 'mqtt://127.0.0.1:1883' },
    ],
  }
}
