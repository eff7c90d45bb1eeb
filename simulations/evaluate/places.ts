/**
 * How many of the others come before a target: those that score higher and, of equals, those that are named before. A
 * score that is not a number comes last.
 */
export function placeAmong(scores: Float64Array, target: number): number {
  const score = scores[target]!
  let place = 0
  for (let other = 0; other < scores.length; other++) {
    if (isBefore(scores[other]!, score) || (other < target && !isBefore(score, scores[other]!))) place++
  }
  return place
}

function isBefore(a: number, b: number): boolean {
  return a > b || (Number.isNaN(b) && !Number.isNaN(a))
}

/** Candidates that do not score below: ties count, as does what is not a number. */
export function atLeast(scores: Float64Array, threshold: number): number {
  let count = 0
  for (let i = 0; i < scores.length; i++) if (!(scores[i]! < threshold)) count++
  return count
}
