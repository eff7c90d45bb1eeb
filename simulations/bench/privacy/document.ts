import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { epsilonFigure, significant } from '../../report/format.js'
import type { FrontierRow } from './measure.js'
import { FRONTIER_MODELS, POPULATIONS, type PopulationName } from './settings.js'

/** Rows of a document's own file beside it: what is measured anew takes the place of what was. */
export function mergedRows(before: readonly FrontierRow[], measured: readonly FrontierRow[]): FrontierRow[] {
  const rows = new Map([...before, ...measured].map((row) => [keyOf(row), row]))
  return [...rows.values()].sort(
    (a, b) =>
      POPULATIONS.indexOf(a.population) - POPULATIONS.indexOf(b.population) ||
      FRONTIER_MODELS.indexOf(a.model) - FRONTIER_MODELS.indexOf(b.model) ||
      (a.budget ?? Number.POSITIVE_INFINITY) - (b.budget ?? Number.POSITIVE_INFINITY),
  )
}

function keyOf({ population, model, budget }: FrontierRow): string {
  return `${population} ${model} ${budget}`
}

/** Where a document's rows are kept. */
export function rowsFile(document: string): string {
  return document.replace(/(\.md)?$/, '.json')
}

export function readRows(document: string): readonly FrontierRow[] {
  const file = rowsFile(document)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as FrontierRow[]) : []
}

/** Writes document and rows anew, with what was measured in it. */
export function writeFrontier(document: string, measured: readonly FrontierRow[]): void {
  const rows = mergedRows(readRows(document), measured)
  writeFileSync(rowsFile(document), `${JSON.stringify(rows, null, 2)}\n`)
  writeFileSync(document, frontierText(rows))
}

const HEAD = `# Accuracy against epsilon

What differential privacy costs, as a command measures it. Do not edit: this page is written by

\`\`\`
npm run bench -- privacy --data FOLDER --write docs/privacy-frontier.md
\`\`\`

\`--only NAME\` (a population) and \`--epsilon 1,4\` measure a part: its rows take the place of the ones before, here and in
[privacy-frontier.json](privacy-frontier.json). What the columns mean is said in [privacy.md](privacy.md).

- **Epsilon** is what all rounds spent together, at the delta below the table: against those who see releases, and against the
  coordinator; ∞ where nothing bounds it. All devices take part in every round, without a coin: who takes part is no secret, and
  what is bounded is what can be learnt of anything that one device said.
- Devices make the noise together (\`distributed\`), in groups of up to 10,000, each with noise enough against the coordinator: its
  epsilon is the larger one where there are several. More devices than the minimum make more: *noise* is the variance over
  what is counted on. In large cohorts the simulator draws their noise at once (\`--summed-noise\`): Skellam noise, so
  with exactly the distribution of their sum.
- **HR@10** is of the round that is best on validation, chosen by the simulator, which knows every answer: a deployment would have to
  choose by figures with noise.
`

export function frontierText(rows: readonly FrontierRow[]): string {
  const parts = POPULATIONS.flatMap((population) => {
    const own = rows.filter((row) => row.population === population)
    return own.length === 0 ? [] : [sectionOf(population, own)]
  })
  return [HEAD, ...parts].join('\n')
}

const COLUMNS = [
  'model',
  'epsilon, releases',
  'epsilon, coordinator',
  'HR@10',
  'full HR@10',
  'mode',
  'rounds',
  'cohort',
  'multiplier',
  'noise',
  'clip',
  'settings',
]

function sectionOf(population: PopulationName, rows: readonly FrontierRow[]): string {
  const deltas = [...new Set(rows.flatMap(({ delta }) => delta ?? []))]
  const seeds = [...new Set(rows.map((row) => row.seeds))].sort((a, b) => a - b)
  return [
    `## ${population}\n`,
    ...[COLUMNS, COLUMNS.map(() => '---'), ...rows.map(cells)].map((line) => `| ${line.join(' | ')} |`),
    '',
    `${deltas.length === 0 ? '' : `Delta ${deltas.map((delta) => significant(delta, 3)).join(', ')}, unit device, Skellam noise, accountant rdp. `}Means over ${seeds.join(' or ')} ${seeds.length === 1 && seeds[0] === 1 ? 'seed' : 'seeds'}. Protocol: ${[...new Set(rows.map(({ protocol }) => protocol))].join('; or: ')}.`,
    '',
  ].join('\n')
}

/** Without noise, or before somebody who is trusted. */
const NO_BOUND = '∞'

function cells(row: FrontierRow): string[] {
  const number = (value: number | null, digits = 3) => (value === null ? '-' : significant(value, digits))
  const settings = Object.entries(row.settings).map(([name, value]) => `${name} ${value}`)
  return [
    row.model,
    row.epsilon === null ? NO_BOUND : epsilonFigure(row.epsilon),
    coordinatorCell(row),
    row.deviation === null ? places(row.hr10) : `${places(row.hr10)} ± ${places(row.deviation)}`,
    places(row.fullHr10),
    row.mode ?? '-',
    String(row.rounds),
    row.cohort.toLocaleString('en'),
    number(row.noiseMultiplier),
    number(row.excess),
    number(row.clip),
    settings.length === 0 ? 'defaults' : settings.join(', '),
  ]
}

function coordinatorCell({ epsilonAgainstCoordinator }: FrontierRow): string {
  return epsilonAgainstCoordinator === null ? NO_BOUND : epsilonFigure(epsilonAgainstCoordinator)
}

function places(value: number): string {
  return value.toFixed(4).replace(/^0\./, '.')
}
