"""The one style of all HTML reports: light and dark, on screen and on paper, with no font or picture from outside."""

STYLE = """
:root {
  color-scheme: light dark;
  --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; --line: #d0d7de; --band: #f6f8fa; --bar: #0b63b5;
  --shade: 11 99 181; --darkest: .7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6edf3; --soft: #9aa4af; --paper: #0d1117; --line: #30363d; --band: #161b22; --bar: #6cb6ff;
    --shade: 108 182 255; --darkest: .45;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem; max-width: 75rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif;
}
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; }
p, ul.facts { margin: 0 0 .75rem; color: var(--soft); }
ul.facts { padding-left: 1.2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
td { overflow-wrap: break-word; }
.long { overflow-wrap: anywhere; min-width: 10rem; }
.person { min-width: 9rem; }
thead th { background: var(--band); white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
.word, .time span { white-space: nowrap; }
table.grid { table-layout: fixed; min-width: 60rem; }
table.grid th, table.grid td {
  padding: .25rem .1rem; text-align: center; min-width: 0; border: 1px solid var(--paper);
}
table.grid .corner, table.grid th[scope=row] { text-align: left; overflow-wrap: anywhere; font-weight: 600; }
table.grid .corner { width: 10rem; }
table.grid td { background: rgb(var(--shade) / calc(var(--a, 0) * var(--darkest))); }
svg { display: block; width: 100%; min-width: 46rem; height: auto; }
svg rect { fill: var(--bar); }
svg line { stroke: var(--line); }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
details summary { cursor: pointer; color: var(--soft); }
footer {
  margin-top: 2.5rem; color: var(--soft); font-size: .8rem; border-top: 1px solid var(--line); padding-top: .5rem;
}
@media print {
  @page { size: A4 landscape; margin: 12mm; }
  :root {
    color-scheme: light;
    --ink: #000000; --soft: #333333; --paper: #ffffff; --line: #999999; --band: #eeeeee; --bar: #0b63b5;
    --shade: 11 99 181; --darkest: .7;
  }
  body { padding: 0; max-width: none; font-size: 10pt; }
  table { font-size: 8.5pt; }
  table.grid { min-width: 0; }
  table.grid td, svg, thead th { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  .scroll { overflow: visible; }
  svg { min-width: 0; }
  details { display: none; }
  thead { display: table-header-group; }
  tr, figure, svg { break-inside: avoid; }
  h2, h2 + p { break-after: avoid; }
}
"""
