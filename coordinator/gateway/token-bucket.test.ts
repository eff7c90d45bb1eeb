import { expect, it } from 'vitest'
import { TokenBucket } from './token-bucket.js'

it('allows a burst at once and the rate in the long run', () => {
  const bucket = new TokenBucket(10, 5, 0)
  const taken = (now: number, asked: number) =>
    Array.from({ length: asked }, () => bucket.take(now)).filter(Boolean).length
  expect(taken(0, 9)).toBe(5)
  expect(taken(50, 9)).toBe(0)
  expect(taken(100, 9)).toBe(1)
  expect(taken(400, 9)).toBe(3)
  expect(taken(60_000, 9)).toBe(5)
})
