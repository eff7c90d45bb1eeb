/** Style of the status page: system fonts, two colour schemes, every text at a contrast of 4.5 or more. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f6f6f3; --card: #ffffff; --ink: #1b1f23; --quiet: #5a626b; --line: #dfe2e0;
  --accent: #0b6e5f; --wash: #0b6e5f1f; --alarm: #a8321c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #111416; --card: #1a1f22; --ink: #eceeec; --quiet: #a3adb3; --line: #30373b;
    --accent: #4fd1b5; --wash: #4fd1b526; --alarm: #ff9d85;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 62rem;
  background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif;
}
h1 { margin: 0; font-size: 1.75rem; letter-spacing: -0.02em; }
h2 { margin: 0; font-size: 1.2rem; overflow-wrap: anywhere; }
header p { margin: 0.25rem 0 0; max-width: 44rem; color: var(--quiet); }
#connection { font-size: 0.875rem; }
#connection::before {
  content: ""; display: inline-block; width: 0.6em; height: 0.6em; margin-right: 0.5em;
  border-radius: 50%; background: var(--quiet);
}
#connection.live::before { background: var(--accent); }
#connection.lost { color: var(--alarm); }
#connection.lost::before { background: var(--alarm); }
article {
  margin-top: 1.5rem; padding: 1.5rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 0.75rem;
}
.summary { margin: 0.25rem 0 1.25rem; color: var(--quiet); }
figure { margin: 0; }
figcaption { font-weight: 600; font-size: 0.875rem; }
.hint { font-weight: 400; color: var(--quiet); }
svg { display: block; width: 100%; height: 13rem; overflow: visible; }
svg .grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
svg .line {
  fill: none; stroke: var(--accent); stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round;
  vector-effect: non-scaling-stroke;
}
svg .area { fill: var(--wash); }
.plot { position: relative; margin-top: 1.6rem; }
.empty .plot, .empty .axis { display: none; }
figure:not(.empty) .nothing { display: none; }
.nothing { margin: 0.5rem 0 0; color: var(--quiet); }
.plot span {
  position: absolute; left: 0; padding-right: 0.4rem; transform: translateY(-100%);
  font-size: 0.75rem; color: var(--quiet); font-variant-numeric: tabular-nums;
}
.axis {
  display: flex; justify-content: space-between; margin-top: 0.25rem;
  font-size: 0.75rem; color: var(--quiet); font-variant-numeric: tabular-nums;
}
dl {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(5rem, 1fr));
  gap: 1.1rem 1.25rem; margin: 1.5rem 0 0;
}
dt { font-size: 0.8rem; color: var(--quiet); }
dd { margin: 0; font-size: 1.2rem; font-variant-numeric: tabular-nums; }
dd small { display: block; font-size: 0.8rem; font-weight: 400; line-height: 1.4; color: var(--quiet); overflow-wrap: anywhere; }
.lead, .broad { grid-column: span 2; }
.lead dd { font-size: 1.9rem; line-height: 1.2; font-weight: 650; color: var(--accent); }
.wide { grid-column: 1 / -1; }
.wide dd { font: 0.875rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
`
