import type { RoundRecord } from '../runner/index.js'

/** What a round took, counted from the start of the run, and how many devices were in it. */
type TimedRound = Pick<RoundRecord, 'devices' | 'wallMs' | 'evaluationMs'>

/** Rounds in which threads start, and the engine compiles what it runs: the second takes three times as long as the tenth. */
const WARM_UP = 10

/** Client updates per second of all rounds that are warm, evaluation apart. */
export function warmRate(records: readonly TimedRound[]): number | null {
  const [last, ...warm] = records.slice(WARM_UP - 1)
  if (!last || warm.length === 0) return null
  const devices = warm.reduce((sum, record) => sum + record.devices, 0)
  return Math.round(devices / ((trainingMs(warm.at(-1)!) - trainingMs(last)) / 1000))
}

/** Client updates per second of every warm round. */
export function warmRounds(records: readonly TimedRound[]): number[] {
  return records
    .slice(WARM_UP - 1)
    .flatMap((record, at, all) =>
      at === 0 ? [] : (1000 * record.devices) / (trainingMs(record) - trainingMs(all[at - 1]!)),
    )
}

/** Wall time from the start to the end of a round, without that of evaluation. */
function trainingMs({ wallMs, evaluationMs }: TimedRound): number {
  return wallMs - evaluationMs
}
