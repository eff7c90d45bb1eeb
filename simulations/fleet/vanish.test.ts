import { describe, expect, it } from 'vitest'
import { vanishesBefore } from './vanish.js'

const TYPES = ['join', 'leave', 'sum', 'upload', 'frame'] as const

describe('vanishesBefore', () => {
  it.each([
    ['join', 'join'],
    ['train', 'upload'],
    ['upload', 'frame'],
  ] as const)(
    'a device that vanishes at %s does so before its %s and before nothing else',
    (vanishesAt, type) => {
      expect(TYPES.filter((other) => vanishesBefore(other, { vanishesAt }))).toEqual([type])
    },
  )

  it('a device that stays says everything, that it leaves included', () => {
    expect(TYPES.filter((type) => vanishesBefore(type, { vanishesAt: undefined }))).toEqual([])
  })
})
