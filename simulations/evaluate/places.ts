/**
 * Of each target how many of the others come before it: those that score higher and, of equals, those that are
 * named before. A score that is not a number comes last.
 */
export function placesAmong(scores: Float64Array): Int32Array {
  const before = (a: number, b: number) => a > b || (Number.isNaN(b) && !Number.isNaN(a))
  return Int32Array.from(scores, (score, t) => {
    let place = 0
    scores.forEach((other, u) => {
      if (before(other, score) || (u < t && !before(score, other))) place++
    })
    return place
  })
}

/** Candidates that do not score below: ties count, as does what is not a number. */
export function atLeast(scores: Float64Array, threshold: number): number {
  let count = 0
  for (let i = 0; i < scores.length; i++) if (!(scores[i]! < threshold)) count++
  return count
}
