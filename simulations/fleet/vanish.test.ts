import { describe, expect, it } from 'vitest'
import { isLostInsteadOf } from '../population/index.js'
import { sayingOf } from './vanish.js'

const SAYINGS = [
  { type: 'join' },
  { type: 'sum', step: 'keys' },
  { type: 'sum', step: 'shares' },
  { type: 'upload' },
  { type: 'frame' },
  { type: 'sum', step: 'consistency' },
  { type: 'sum', step: 'unmask' },
  { type: 'leave' },
] as const

type Said = (typeof SAYINGS)[number]

describe('what a device says', () => {
  const lostAt = (step: Parameters<typeof isLostInsteadOf>[1]) => (said: Said) => {
    const saying = sayingOf(said)
    return saying !== undefined && isLostInsteadOf(saying, step)
  }

  it.each([
    ['join', { type: 'join' }],
    ['keys', { type: 'sum', step: 'keys' }],
    ['train', { type: 'upload' }],
    ['upload', { type: 'frame' }],
    ['consistency', { type: 'sum', step: 'consistency' }],
    ['unmask', { type: 'sum', step: 'unmask' }],
  ] as const)('a device that vanishes at %s says nothing from %o on', (vanishesAt, saying) => {
    expect(SAYINGS.find(lostAt(vanishesAt))).toEqual(saying)
  })

  it.each(['keys', 'train', 'upload'] as const)(
    'one that vanishes at %s uploads nothing to any secure sum',
    (at) => {
      const lost = SAYINGS.filter(({ type }) => type !== 'sum').find(lostAt(at))
      expect(lost?.type === 'upload' || lost?.type === 'frame').toBe(true)
    },
  )

  it.each(['consistency', 'unmask'] as const)(
    'one that vanishes at %s stays where there is no such step',
    (at) => {
      const others = SAYINGS.filter((other) => !('step' in other) || other.step !== at)
      expect(others.filter(lostAt(at))).toEqual([])
    },
  )

  it('a device that stays says everything, that it leaves included', () => {
    expect(SAYINGS.filter(lostAt(undefined))).toEqual([])
    expect(sayingOf({ type: 'leave' })).toBeUndefined()
  })
})
