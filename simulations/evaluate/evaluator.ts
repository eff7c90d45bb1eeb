import type { Tensors } from '@tacit/shared/model'
import type { Split } from '../data/index.js'
import { type ActivityGroup, metricsByActivity } from './activity.js'
import { type ListMetrics, listMetrics } from './lists.js'
import { type CaseRanks, type RankingMetrics, rankingMetrics } from './metrics.js'
import type { Answer, Question, Target } from './ranking.js'

/** What a round's model is worth, in sampled rankings. */
export interface RoundMetrics {
  readonly validation: RankingMetrics
  /** Null where the protocol reports validation: the test is not looked at then. */
  readonly test: RankingMetrics | null
}

/** What the model reported is worth, on what the protocol reports. */
export interface FinalMetrics {
  readonly sampled: SampledMetrics
  readonly full: FullMetrics
}

export interface SampledMetrics extends RankingMetrics {
  /** By quartile of the training history's length, shortest first. */
  readonly byActivity: readonly ActivityGroup[]
}

/** Of the first ten of each case's ranking there are figures too. */
export interface FullMetrics extends SampledMetrics, ListMetrics {}

/** Asks all cases of some questions of one model, whoever answers. */
export type Ask = (questions: readonly Question[]) => Promise<Answer[]>

/** Measures models by the protocol of a split. */
export class Evaluator {
  readonly #split: Split
  readonly #ask: Ask

  constructor(split: Split, ask: Ask) {
    this.#split = split
    this.#ask = ask
  }

  async round(tensors: Tensors): Promise<RoundMetrics> {
    const targets: Target[] = this.#split.protocol.report === 'test' ? ['validation', 'test'] : ['validation']
    // At once: to wake a thread takes as long as to rank a hundred cases.
    const [validation, test] = await this.#ask(targets.map((target) => sampled(tensors, target)))
    return {
      validation: rankingMetrics(this.#ranksOf(validation!, 'validation')),
      test: test ? rankingMetrics(this.#ranksOf(test, 'test')) : null,
    }
  }

  async final(tensors: Tensors): Promise<FinalMetrics> {
    const { protocol, train, items, devices, evaluationOnlyFrom = devices } = this.#split
    const target = protocol.report
    const cases = this.#split[target]
    const [some, all] = await this.#ask([
      sampled(tensors, target),
      { tensors, target, candidates: 'full', lists: true },
    ])
    const trained = new Int32Array(items)
    // What is only folded in nobody trains on.
    for (const row of train.items.subarray(0, train.offsets[evaluationOnlyFrom])) trained[row]!++
    const measured = (ranks: CaseRanks) => ({
      ...rankingMetrics(ranks),
      byActivity: metricsByActivity(ranks, cases.prefix, cases.devices),
    })
    return {
      sampled: measured(this.#ranksOf(some!, target)),
      full: { ...measured(this.#ranksOf(all!, target)), ...listMetrics(all!.lists, trained) },
    }
  }

  #ranksOf({ ranks }: Answer, target: Target): CaseRanks {
    return { offsets: this.#split[target].offsets, ranks }
  }
}

function sampled(tensors: Tensors, target: Target): Question {
  return { tensors, target, candidates: 'sampled', lists: false }
}

/** Whether a round is better on validation than the best before it. */
export function isBetter(
  { validation }: { readonly validation: RankingMetrics | null },
  than: { readonly validation: RankingMetrics | null },
  chosenBy: Split['protocol']['chosenBy'],
): boolean {
  // A rate is often equal, and the code that chooses by it takes the later round.
  if (chosenBy === 'hr@10') return validation!['hr@10'] >= than.validation!['hr@10']
  return validation!['ndcg@10'] > than.validation!['ndcg@10']
}
