import { expect } from 'vitest'

const ADDED = Symbol.for('tacit.equal-numbers')
const global = globalThis as { [ADDED]?: true }

type Numbers = ArrayLike<unknown> & { readonly constructor: unknown }

/**
 * Says at once that typed arrays are equal: the runner's own comparison takes microseconds for every number, and was a
 * good part of the suite. What differs is left to it, for the sake of what it says.
 */
function areEqualNumbers(a: unknown, b: unknown): true | undefined {
  if (!isNumbers(a) || !isNumbers(b)) return undefined
  if (a.constructor !== b.constructor || a.length !== b.length) return undefined
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return undefined
  return true
}

function isNumbers(value: unknown): value is Numbers {
  return ArrayBuffer.isView(value) && !(value instanceof DataView)
}

// Once for all files that share a worker: testers are asked one after another.
if (!global[ADDED]) {
  global[ADDED] = true
  expect.addEqualityTesters([areEqualNumbers])
}
