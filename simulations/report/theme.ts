/** Colours of one appearance, as #rrggbb. */
export interface Palette {
  readonly page: string
  readonly panel: string
  readonly text: string
  readonly quiet: string
  readonly rule: string
  readonly alarm: string
  readonly onAlarm: string
  /** Of the series of a chart, told apart by colour-blind readers too; their dashes tell them apart in print. */
  readonly series: readonly string[]
  /** Of a heat table, from its least to its greatest value, and the text on each. */
  readonly heat: readonly (readonly [string, string])[]
}

export const LIGHT: Palette = {
  page: '#ffffff',
  panel: '#f6f7f9',
  text: '#1b1f24',
  quiet: '#57606a',
  rule: '#d5d9de',
  alarm: '#a40e26',
  onAlarm: '#ffffff',
  series: ['#0067b1', '#c2410c', '#15803d', '#a21caf', '#92620a', '#0f766e', '#be123c', '#475569'],
  heat: [
    ['#f0f6fb', '#1b1f24'],
    ['#cfe3f2', '#1b1f24'],
    ['#a5cbe6', '#1b1f24'],
    ['#76aed6', '#1b1f24'],
    ['#2a6ca3', '#ffffff'],
    ['#0f4a7a', '#ffffff'],
  ],
}

export const DARK: Palette = {
  page: '#14171b',
  panel: '#1d2127',
  text: '#e6e9ed',
  quiet: '#a3acb7',
  rule: '#3a4149',
  alarm: '#ffb3ba',
  onAlarm: '#3d0008',
  series: ['#6cb6ff', '#ff9f6b', '#5fd38d', '#e79bf5', '#e2b84c', '#4fd6c8', '#ff8fa3', '#a9b6c6'],
  heat: [
    ['#1b2733', '#e6e9ed'],
    ['#1d3a55', '#e6e9ed'],
    ['#1f4f7a', '#ffffff'],
    ['#6aa5d4', '#14171b'],
    ['#94c1e6', '#14171b'],
    ['#cfe5f7', '#14171b'],
  ],
}

const DASHES = ['none', '7 3', '2 3', '9 3 2 3', '12 4', '4 2', '1 2', '7 2 2 2 2 2']

function variables(palette: Palette): string {
  const { series, heat, onAlarm, ...plain } = palette
  return [
    ...Object.entries(plain).map(([name, colour]) => `--${name}:${colour}`),
    `--on-alarm:${onAlarm}`,
    ...series.map((colour, i) => `--s${i}:${colour}`),
    ...heat.flatMap(([back, text], i) => [`--h${i}:${back}`, `--t${i}:${text}`]),
  ].join(';')
}

/** The whole style of a page. Fixed text: its hash is the one style that the page allows. */
export const STYLE = `:root{color-scheme:light dark;${variables(LIGHT)}}
@media screen and (prefers-color-scheme:dark){:root{${variables(DARK)}}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1120px;padding:28px 24px 64px;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums}
h1{font-size:26px;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:18px;margin:38px 0 12px;padding-bottom:5px;border-bottom:1px solid var(--rule)}
h3{font-size:15px;margin:22px 0 8px}
p{margin:6px 0;max-width:78ch}
.quiet,caption,summary{color:var(--quiet)}
.quiet{font-size:13.5px}
.banner{border:3px solid var(--alarm);background:var(--alarm);color:var(--on-alarm);padding:12px 16px;border-radius:6px;margin:16px 0;font-size:16px}
.banner strong{display:block;font-size:18px}
.warning{border-left:5px solid var(--alarm);background:var(--panel);padding:8px 14px;margin:10px 0}
.leak{display:inline-block;border:1.5px solid var(--alarm);color:var(--alarm);border-radius:4px;padding:0 5px;font-size:11.5px;font-weight:700;letter-spacing:.04em;white-space:nowrap;vertical-align:middle}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(235px,1fr));gap:12px;margin:16px 0}
.card{border:1px solid var(--rule);background:var(--panel);border-radius:8px;padding:12px 16px}
.card b{display:block;font-size:30px;line-height:1.2;font-weight:650}
.card>span{display:block;font-size:13px;color:var(--quiet)}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(430px,100%),1fr));gap:22px 28px}
figure{margin:0;min-width:0;break-inside:avoid}
figcaption{font-weight:600;font-size:14px;margin-bottom:2px}
svg{display:block;width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow:visible}
svg text{fill:var(--quiet)}
.middle{text-anchor:middle}
.end{text-anchor:end}
.grid{stroke:var(--rule);stroke-width:1;fill:none}
.axis{stroke:var(--quiet);stroke-width:1;fill:none}
.mark{stroke:var(--quiet);stroke-width:1;stroke-dasharray:3 3;fill:none}
svg .note,svg .small{font-size:11px}
.line{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round}
.band{fill:currentColor;opacity:.16}
circle,.bar,.fill{fill:currentColor}
${LIGHT.series.map((_, i) => `.s${i}{color:var(--s${i})}.s${i} .line{stroke-dasharray:${DASHES[i]}}`).join('\n')}
.catch{fill:transparent}
.tip{visibility:hidden;pointer-events:none}
.stop:hover .tip{visibility:visible}
.tip rect{fill:var(--page);stroke:var(--rule)}
.cross{stroke:var(--quiet);stroke-width:1}
svg text.strong{fill:currentColor;font-weight:600}
details{font-size:13px;margin-top:2px}
summary{cursor:pointer;width:max-content}
.wide{overflow-x:auto}
details .wide{max-height:420px}
table{min-width:min(100%,420px);border-collapse:collapse;margin:8px 0;font-size:13.5px}
caption{text-align:left;padding-bottom:4px;font-size:13px}
th,td{padding:3px 14px 3px 0;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap;font-weight:400}
thead th{font-weight:600;border-bottom:1.5px solid var(--quiet);vertical-align:bottom}
th:first-child,table.words td,table.words th{text-align:left}
table.words td{white-space:normal;overflow-wrap:anywhere}
table.pairs td{text-align:left;white-space:normal;overflow-wrap:anywhere}
table.pairs th{vertical-align:top;color:var(--quiet)}
.best{font-weight:700}
.interval{color:var(--quiet)}
table.heat td{text-align:center;padding:7px 12px;border:2px solid var(--page);min-width:84px}
table.heat th{padding:4px 12px 4px 0}
${LIGHT.heat.map((_, i) => `td.h${i},td.h${i} .interval{background:var(--h${i});color:var(--t${i})}`).join('\n')}
pre{background:var(--panel);border:1px solid var(--rule);border-radius:6px;padding:10px 14px;overflow-x:auto;font:13px/1.5 ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
@media print{body{max-width:none;padding:0;font-size:11pt}.banner,.leak,.bar,.fill,.band,.card,td{print-color-adjust:exact;-webkit-print-color-adjust:exact}h2{break-after:avoid}details:not([open]){display:none}.wide{max-height:none;overflow:visible}tr,.card,.banner{break-inside:avoid}}
`
