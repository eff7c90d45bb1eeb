import { InvalidArgumentError, Option } from 'commander'
import type { AccuracyGoal } from '../report/index.js'
import { valueOption } from './flags.js'

const METRICS: ReadonlySet<string> = new Set(
  ['hr', 'ndcg', 'recall', 'precision', 'mrr'].flatMap((name) => [`${name}@10`, `${name}@20`]),
)

const PARTS = ['test', 'validation'] as const

/** What it took to get somewhere, for comparisons. */
export function reachOption(): Option {
  return valueOption(
    '--reach <metric=value>',
    'add rounds, client updates, bytes and seconds to e.g. hr@10=0.65 (sampled, on the test; hr@10=0.65@validation)',
    readGoal,
  )
}

/** Which metrics a comparison shows first; repeatable. */
export function metricOption(): Option {
  return new Option(
    '--metric <names>',
    'metrics to show first, e.g. full.hr@20,ndcg@10 (default: HR@10 and NDCG@10 of both rankings)',
  ).argParser((text: string, before: readonly string[] | undefined) => [
    ...(before ?? []),
    ...text.split(',').map((name) => name.trim().toLowerCase()),
  ])
}

function readGoal(text: string): AccuracyGoal {
  const [, metric, value, part = 'test'] = /^([a-z]+@\d+)=([\d.]+)(?:@(\w+))?$/i.exec(text) ?? []
  const target = Number(value)
  const on = PARTS.find((one) => one === part)
  if (metric === undefined || !METRICS.has(metric.toLowerCase()) || on === undefined) {
    throw new InvalidArgumentError(`It is not of the form hr@10=0.65; metrics: ${[...METRICS].join(', ')}.`)
  }
  if (!(target > 0 && target <= 1)) throw new InvalidArgumentError('Its value is not in (0, 1].')
  return { metric: metric.toLowerCase() as AccuracyGoal['metric'], target, on }
}
