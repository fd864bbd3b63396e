/** The report's whole style: it stands alone, in light and dark, on a phone and on paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1c2330, #e6eaf2);
  --soft: light-dark(#5a6579, #a3aec2);
  --paper: light-dark(#ffffff, #151a23);
  --panel: light-dark(#f4f6fa, #1d2430);
  --line: light-dark(#d8dee9, #343d4d);
  --good: light-dark(#1b7a43, #5fd38d);
  --bad: light-dark(#b3261e, #ff8a80);
  --open: light-dark(#8a5a00, #f0b95a);
  --hit: light-dark(#4fae7b, #17603a);
  --miss: light-dark(#e08078, #7d2620);
  --series-1: light-dark(#6b7687, #98a3b5);
  --series-2: light-dark(#0b6bcb, #6cb4ff);
  --series-3: light-dark(#b3541e, #ff9d63);
  --series-4: light-dark(#6b3fa0, #c39bf0);
  --series-5: light-dark(#0f766e, #4fd1c5);
  --series-6: light-dark(#a3195b, #f48fb1);
}
* { box-sizing: border-box; }
body { margin: 0; overflow-wrap: anywhere; background: var(--paper); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 860px; margin: 0 auto; padding: 24px 20px 64px; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 1.2rem; margin: 40px 0 8px; }
h3 { font-size: 1rem; margin: 20px 0 4px; }
p { margin: 8px 0; }
.soft { color: var(--soft); font-size: 0.9rem; }
.verdict { border-left: 5px solid var(--edge); background: var(--panel); border-radius: 6px; padding: 12px 16px; margin: 16px 0; }
.verdict h2, .verdict h3 { margin: 0; font-size: 1.1rem; }
.badge { display: inline-block; color: var(--edge); font-weight: 700; }
.yes { --edge: var(--good); }
.no { --edge: var(--bad); }
.open { --edge: var(--open); }
.scroll { overflow-x: auto; }
.scroll table { min-width: 540px; }
.rules li { color: var(--soft); }
.rules li strong { color: var(--text); font-weight: 500; }
table { border-collapse: collapse; font-size: 0.9rem; width: 100%; }
caption { text-align: left; color: var(--soft); padding: 4px 0; }
th, td { text-align: left; vertical-align: top; padding: 6px 10px; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-weight: 600; }
thead th { border-bottom-width: 2px; }
tbody th { font-weight: 500; min-width: 9em; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
td small { color: var(--soft); white-space: nowrap; }
.key { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 2px; margin-right: 0.4em; }
figure { margin: 12px 0; overflow-x: auto; }
figure svg { min-width: 520px; max-width: 100%; }
figcaption { color: var(--soft); font-size: 0.9rem; }
.matrix td { text-align: center; min-width: 3.2em; font-variant-numeric: tabular-nums; }
.matrix thead th + th { white-space: nowrap; }
.matrix td.hit { background: color-mix(in oklab, var(--hit) var(--share), transparent); }
.matrix td.miss { background: color-mix(in oklab, var(--miss) var(--share), transparent); }
.wrong td { min-width: 11em; white-space: pre-wrap; }
.wrong td:first-child { min-width: 3em; }
.wrong th:first-child { white-space: nowrap; }
details { margin: 12px 0; }
summary { cursor: pointer; font-weight: 600; }
code { font-size: 0.9em; overflow-wrap: anywhere; }
li { margin: 4px 0; }
@media print {
  :root { color-scheme: light; }
  body { font-size: 11pt; }
  main { max-width: none; padding: 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h2 { break-after: avoid; }
  figure, .verdict, tr { break-inside: avoid; }
  details::details-content { content-visibility: visible; height: auto; }
  .scroll, figure { overflow: visible; }
}
`
