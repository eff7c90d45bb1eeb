/** How many of the demo's shoppers take part in a round. */
export interface DemoRound {
  readonly goal: number
  readonly overSelection: number
  readonly invited: number
  readonly minimum: number
}

/** Share of the shoppers that a round wants; some more are invited. */
const SHARE = 0.5

/** Devices invited for each vector wanted. */
const OVER_SELECTION = 1.3

/** Devices from which on masks stand a coordinator that lies, with what deployments assume, and some to spare. */
const LEAST_LYING = 40

/** Devices from which on they stand one that is curious. */
const LEAST_CURIOUS = 10

/** Half of the shoppers, but as many as masks need while there are as many. */
export function demoRound(shoppers: number): DemoRound {
  const goal = Math.max(2, Math.round(shoppers * SHARE), Math.min(shoppers, LEAST_LYING))
  const least = goal < LEAST_LYING ? LEAST_CURIOUS : LEAST_LYING
  return {
    goal,
    overSelection: OVER_SELECTION,
    invited: Math.min(shoppers, Math.ceil(goal * OVER_SELECTION)),
    minimum: Math.min(goal, Math.max(least, Math.floor(goal / 2))),
  }
}
