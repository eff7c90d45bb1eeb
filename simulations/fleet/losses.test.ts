import { describe, expect, it } from 'vitest'
import type { Saying } from '../population/index.js'
import { isLost, isLostIn, lose, sharedLosses } from './losses.js'

const SAYINGS: readonly Saying[] = [
  'join',
  'upload',
  'vector',
  'sum:keys',
  'sum:reveal',
  'sum:shares',
  'sum:consistency',
  'sum:unmask',
  'sum:commit',
]

describe('the losses that threads share', () => {
  it.each(SAYINGS)('one device is lost in one round, instead of %s alone', (saying) => {
    const losses = sharedLosses(3)
    lose(losses, 1, 7, saying)
    expect(SAYINGS.filter((other) => isLost(losses, 1, 7, other))).toEqual([saying])
    for (const [device, round] of [
      [0, 7],
      [2, 7],
      [1, 6],
      [1, 8],
    ] as const) {
      expect(SAYINGS.filter((other) => isLost(losses, device, round, other))).toEqual([])
    }
  })

  it('the first loss of a round holds, and another round has its own', () => {
    const losses = sharedLosses(1)
    lose(losses, 0, 1, 'upload')
    lose(losses, 0, 1, 'vector')
    expect(isLost(losses, 0, 1, 'upload')).toBe(true)
    expect(isLost(losses, 0, 1, 'vector')).toBe(false)
    lose(losses, 0, 2, 'vector')
    expect(isLost(losses, 0, 2, 'vector')).toBe(true)
    expect([1, 2, 3].map((round) => isLostIn(losses, 0, round))).toEqual([false, true, false])
    expect(isLost(losses, 0, 1, 'upload')).toBe(false)
  })

  it('nobody is lost to begin with', () => {
    expect(SAYINGS.some((saying) => isLost(sharedLosses(1), 0, 1, saying))).toBe(false)
  })
})
