import type { DataName } from './cases.js'
import type { CaseFigures, Spread } from './measure.js'

/** The metrics that the table of a data set shows. */
const COLUMNS: Readonly<Record<DataName, readonly string[]>> = {
  'ml-100k': ['hr@10', 'ndcg@10', 'full hr@10', 'full ndcg@10', 'full coverage@10'],
  retailrocket: ['hr@10', 'ndcg@10', 'full hr@10', 'full ndcg@10', 'full coverage@10'],
  'yoochoose-100k': ['full hr@20', 'full mrr@20', 'full hr@10', 'full ndcg@10', 'full coverage@10'],
}

const NAMES: Readonly<Record<string, string>> = { 'full hr@20': 'P@20', 'full mrr@20': 'MRR@20' }

/** What docs/benchmarks.md says of one data set: a table, and the protocols that its numbers are under. */
export function tableOf(data: DataName, figures: readonly CaseFigures[]): string {
  const own = figures.filter((one) => one.data === data)
  const columns = COLUMNS[data]
  const head = ['model', 'rounds', ...columns.map((name) => NAMES[name] ?? name.replace(/hr|ndcg/, upper))]
  const rows = own.map((one) => [
    one.leaks ? `${one.name} (**leaks**)` : one.name,
    `${one.rounds}`,
    ...columns.map((name) => spread(one.metrics[name])),
  ])
  const protocols = [...new Set(own.map(({ protocol }) => protocol))]
  const seeds = own[0]?.seeds ?? 0
  return [
    ...lines(head, rows),
    '',
    `Mean ± standard deviation over ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}. Protocol: ${protocols.join('; or: ')}.`,
  ].join('\n')
}

/** What each model took to the goal on ml-100k. */
export function reachingTable(figures: readonly CaseFigures[]): string {
  const own = figures.filter(({ data }) => data === 'ml-100k')
  const rows = own.map(({ name, leaks, seeds, reaching }) => {
    const label = leaks ? `${name} (**leaks**)` : name
    if (reaching.seeds === 0) return [label, `0 of ${seeds}`, '-', '-', '-', '-']
    const { rounds, clientUpdates, uploadBytes, seconds } = reaching
    return [
      label,
      `${reaching.seeds} of ${seeds}`,
      rounds.toFixed(1),
      Math.round(clientUpdates).toLocaleString('en'),
      `${Math.round(uploadBytes / 1e6).toLocaleString('en')} MB`,
      seconds.toFixed(1),
    ]
  })
  return lines(
    ['model', 'seeds that reach it', 'rounds', 'client updates', 'uploaded', 'seconds'],
    rows,
  ).join('\n')
}

function lines(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}

function spread(value: Spread | undefined): string {
  return value ? `${short(value.mean)} ± ${short(value.deviation)}` : '-'
}

function short(value: number): string {
  return value.toFixed(4).replace(/^0\./, '.')
}

function upper(text: string): string {
  return text.toUpperCase()
}
