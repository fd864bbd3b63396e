/** Names an operations bot and its people use; any other name is shown as it was typed. */
const TABLE = `
  +1 👍  thumbsup 👍  -1 👎  thumbsdown 👎  eyes 👀  white_check_mark ✅  heavy_check_mark ✔️
  ballot_box_with_check ☑️  tada 🎉  x ❌  negative_squared_cross_mark ❎  no_entry ⛔  no_entry_sign 🚫
  octagonal_sign 🛑  warning ⚠️  rotating_light 🚨  bangbang ‼️  exclamation ❗  heavy_exclamation_mark ❗
  question ❓  grey_question ❔  information_source ℹ️  bulb 💡  hourglass ⌛  hourglass_flowing_sand ⏳
  stopwatch ⏱️  alarm_clock ⏰  clock1 🕐  calendar 📆  date 📅  spiral_calendar_pad 🗓️  wrench 🔧  hammer 🔨
  hammer_and_wrench 🛠️  gear ⚙️  nut_and_bolt 🔩  toolbox 🧰  screwdriver 🪛  broom 🧹  soap 🧼  microscope 🔬
  test_tube 🧪  thermometer 🌡️  satellite 🛰️  satellite_antenna 📡  droplet 💧  sweat_drops 💦  ocean 🌊
  potable_water 🚰  bubbles 🫧  battery 🔋  low_battery 🪫  electric_plug 🔌  zap ⚡  fire 🔥  snowflake ❄️
  red_circle 🔴  large_red_circle 🔴  large_orange_circle 🟠  large_yellow_circle 🟡  large_green_circle 🟢
  large_blue_circle 🔵  large_purple_circle 🟣  white_circle ⚪  black_circle ⚫  large_green_square 🟩
  large_red_square 🟥  large_yellow_square 🟨  large_orange_square 🟧  green_heart 💚  heart ❤️
  yellow_heart 💛  blue_heart 💙  broken_heart 💔  arrow_up ⬆️  arrow_down ⬇️  arrow_left ⬅️  arrow_right ➡️
  arrows_counterclockwise 🔄  repeat 🔁  arrow_forward ▶️  leftwards_arrow_with_hook ↩️  back 🔙  soon 🔜
  new 🆕  ok 🆗  up 🆙  package 📦  inbox_tray 📥  outbox_tray 📤  page_facing_up 📄  page_with_curl 📃  memo 📝
  pencil 📝  pencil2 ✏️  clipboard 📋  pushpin 📌  paperclip 📎  link 🔗  books 📚  book 📖  bookmark 🔖
  label 🏷️  mag 🔍  mag_right 🔎  bar_chart 📊  chart_with_upwards_trend 📈  chart_with_downwards_trend 📉
  file_folder 📁  open_file_folder 📂  wastebasket 🗑️  lock 🔒  unlock 🔓  key 🔑  shield 🛡️  bell 🔔
  no_bell 🔕  mega 📣  loudspeaker 📢  robot_face 🤖  brain 🧠  computer 💻  floppy_disk 💾  telephone 📞
  telephone_receiver 📞  iphone 📱  email 📧  envelope ✉️  construction 🚧  construction_worker 👷  truck 🚚
  house 🏠  factory 🏭  rocket 🚀  star ⭐  star2 🌟  sparkles ✨  trophy 🏆  medal 🏅  first_place_medal 🥇
  dart 🎯  gift 🎁  checkered_flag 🏁  100 💯  smile 😄  smiley 😃  grinning 😀  slightly_smiling_face 🙂
  blush 😊  joy 😂  sweat_smile 😅  wink 😉  sunglasses 😎  thinking_face 🤔  neutral_face 😐  confused 😕
  disappointed 😞  cry 😢  sob 😭  scream 😱  rage 😡  heart_eyes 😍  face_with_monocle 🧐  face_palm 🤦  shrug 🤷
  upside_down_face 🙃  sleeping 😴  zipper_mouth_face 🤐  partying_face 🥳  wave 👋  pray 🙏  clap 👏
  raised_hands 🙌  ok_hand 👌  muscle 💪  point_up ☝️  point_right 👉  point_left 👈  point_down 👇
  raised_hand ✋  hand ✋  v ✌️  crossed_fingers 🤞  handshake 🤝  writing_hand ✍️  salute 🫡  saluting_face 🫡
  call_me_hand 🤙  metal 🤘  one 1️⃣  two 2️⃣  three 3️⃣  four 4️⃣  five 5️⃣  six 6️⃣  seven 7️⃣  eight 8️⃣
  nine 9️⃣  keycap_ten 🔟  zero 0️⃣  hash #️⃣  bug 🐛  whale 🐳  fish 🐟  coffee ☕  sun ☀️  sunny ☀️
  cloud ☁️  umbrella ☔  rainbow 🌈  seedling 🌱  skull 💀  ghost 👻  speech_balloon 💬  thought_balloon 💭
  busts_in_silhouette 👥  bust_in_silhouette 👤  technologist 🧑‍💻  mechanic 🧑‍🔧  scientist 🧑‍🔬
`

const GLYPHS: ReadonlyMap<string, string> = new Map(
  TABLE.trim()
    .split(/\s{2,}/)
    .map((entry): [string, string] => {
      const [name = '', glyph = ''] = entry.split(' ')
      return [name, glyph]
    }),
)

/** Emoji that take a skin tone: hands and people. */
const TONED = new Set(
  '+1 thumbsup -1 thumbsdown wave pray clap raised_hands ok_hand muscle point_up point_right point_left point_down raised_hand hand v crossed_fingers writing_hand call_me_hand metal face_palm shrug construction_worker'.split(
    ' ',
  ),
)

const VARIATION_SELECTOR = '\uFE0F'
/** Slack's tone 2 is the first of Unicode's five modifiers. */
const FIRST_TONE = 0x1f3fb - 2

/** The character for `+1`, `+1::skin-tone-3` and the like; null when the name is not known. */
export function glyphOf(name: string): string | null {
  const [base = '', tone] = name.split('::skin-tone-')
  const glyph = GLYPHS.get(base)
  if (glyph === undefined) return null
  if (tone === undefined || !/^[2-6]$/.test(tone) || !TONED.has(base)) return glyph
  return glyph.replace(VARIATION_SELECTOR, '') + String.fromCodePoint(FIRST_TONE + Number(tone))
}

export const emojiNames = (): string[] => [...GLYPHS.keys()]

/** `white_check_mark` as a person says it. */
export const spokenName = (name: string): string => {
  const base = name.split('::')[0] ?? name
  if (base === '+1' || base === 'thumbsup') return 'thumbs up'
  if (base === '-1' || base === 'thumbsdown') return 'thumbs down'
  return base.replaceAll('_', ' ')
}

/** Shown first in the picker. */
export const QUICK_REACTIONS = ['+1', '-1', 'eyes', 'white_check_mark', 'tada'] as const
