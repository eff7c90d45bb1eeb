import type { HistoryPoint, StatusDocument, StatusSource, TaskStatus } from '../http/index.js'
import type { TaskRunner } from './task-runner.js'

/** What operators see of all tasks, put together when they look. */
export class StatusBoard implements StatusSource {
  readonly #runners: TaskRunner[] = []
  readonly #listeners = new Set<() => void>()

  add(runner: TaskRunner): void {
    this.#runners.push(runner)
  }

  /** Tells those who watch that something has changed. */
  changed(): void {
    for (const listener of this.#listeners) listener()
  }

  current(): StatusDocument {
    return { tasks: this.#runners.map(statusOf) }
  }

  history(task: string): readonly HistoryPoint[] {
    const runner = this.#runners.find((candidate) => candidate.definition.name === task)
    return runner ? runner.tally.measured.flatMap((measured) => pointOf(measured) ?? []) : []
  }

  /** The newest measurement, without walking the others. */
  latest(task: string): HistoryPoint | undefined {
    const last = this.#runners.find((candidate) => candidate.definition.name === task)?.tally.measured.at(-1)
    return last && pointOf(last)
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

function statusOf(runner: TaskRunner): TaskStatus {
  const { number, phase, devices, groups, wanted } = runner.view()
  const last = runner.tally.measured.at(-1)
  const { manifest, privacy } = runner
  return {
    name: runner.definition.name,
    round: { number, phase, devices, groups, ...(wanted !== undefined && { wanted }) },
    rounds: runner.tally.counts,
    // With coins these would count devices, some of which only a round that they were in can have made leave.
    ...(!runner.hidesCount && {
      blamedDevices: runner.tally.blamedDevices,
      refusals: runner.tally.refusals,
    }),
    secureSum: runner.secureSum,
    ...(privacy && { privacy }),
    metrics: last && last.metrics.evaluated > 0 ? { 'hr@10': hitRate(last) } : {},
    model: { version: manifest.round, hash: manifest.hash },
  }
}

type Measured = TaskRunner['tally']['measured'][number]

function hitRate({ round, metrics }: Measured) {
  return { value: metrics['hr@10'], devices: metrics.evaluated, round }
}

/** Undefined of a round in which nobody evaluated: that is no share of 0. */
function pointOf({ round, metrics }: Measured): HistoryPoint | undefined {
  if (metrics.evaluated === 0) return undefined
  return { round, 'hr@10': metrics['hr@10'], devices: metrics.evaluated }
}
