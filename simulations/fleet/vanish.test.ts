import { describe, expect, it } from 'vitest'
import { vanishesBefore } from './vanish.js'

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

describe('vanishesBefore', () => {
  it.each([
    ['join', { type: 'join' }],
    ['keys', { type: 'sum', step: 'keys' }],
    ['train', { type: 'upload' }],
    ['upload', { type: 'frame' }],
    ['consistency', { type: 'sum', step: 'consistency' }],
    ['unmask', { type: 'sum', step: 'unmask' }],
  ] as const)('a device that vanishes at %s says nothing from %o on', (vanishesAt, saying) => {
    expect(SAYINGS.find((other) => vanishesBefore(other, { vanishesAt }))).toEqual(saying)
  })

  it.each(['keys', 'train', 'upload'] as const)(
    'one that vanishes at %s uploads nothing to any secure sum',
    (at) => {
      const plain = SAYINGS.filter(({ type }) => type !== 'sum')
      const lost = plain.find((other) => vanishesBefore(other, { vanishesAt: at }))
      expect(lost?.type === 'upload' || lost?.type === 'frame').toBe(true)
    },
  )

  it.each(['consistency', 'unmask'] as const)(
    'one that vanishes at %s stays where there is no such step',
    (at) => {
      const others = SAYINGS.filter((other) => !('step' in other) || other.step !== at)
      expect(others.filter((other) => vanishesBefore(other, { vanishesAt: at }))).toEqual([])
    },
  )

  it('a device that stays says everything, that it leaves included', () => {
    expect(SAYINGS.filter((other) => vanishesBefore(other, { vanishesAt: undefined }))).toEqual([])
  })
})
