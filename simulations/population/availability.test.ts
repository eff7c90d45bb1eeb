import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { availabilityOf, DIURNAL, HOUR_MS } from './availability.js'
import { kindsOf } from './kinds.js'
import { DEFAULT_POPULATION, type PopulationSettings } from './settings.js'

const DEVICES = 20_000
const settings = (change: Partial<PopulationSettings>): PopulationSettings => ({
  ...DEFAULT_POPULATION,
  ...change,
})
const THREE = [
  { name: 'eu', utcOffsetHours: 1, share: 0.5 },
  { name: 'us', utcOffsetHours: -5, share: 0.3 },
  { name: 'india', utcOffsetHours: 5.5, share: 0.2 },
]

/** Whether a share of n devices is what it should be, but for one in 15,000 such checks; seeds are fixed here. */
function expectShare(observed: number, expected: number, devices: number): void {
  expect(Math.abs(observed - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / devices))
}

describe('kinds of devices', () => {
  it('are dealt out by their shares, each device always its own', () => {
    const shares = [0.5, 0.3, 0.2]
    const kinds = kindsOf(shares, DEVICES, { seed: 5, purpose: 'region' })
    shares.forEach((share, kind) => {
      expectShare(kinds.filter((other) => other === kind).length / DEVICES, share, DEVICES)
    })
    // Whoever else there is.
    expect(kindsOf(shares, 50, { seed: 5, purpose: 'region' })).toEqual(kinds.slice(0, 50))
    expect(kindsOf(shares, DEVICES, { seed: 6, purpose: 'region' })).not.toEqual(kinds)
    expect(kindsOf(shares, DEVICES, { seed: 5, purpose: 'speed' })).not.toEqual(kinds)
  })

  it('are one where there is one', () => {
    expect(new Set(kindsOf([1], 100, { seed: 5, purpose: 'speed' }))).toEqual(new Set([0]))
  })
})

describe('availability', () => {
  it('is everybody at all times where nothing is said', () => {
    const always = availabilityOf(DEFAULT_POPULATION, 1, 5)
    expect(always.devices(1e12)).toEqual(Int32Array.of(0, 1, 2, 3, 4))
    expect(always.count(0)).toBe(5)
    expect(always.nextChange(0)).toBeUndefined()
  })

  it('follows the curve by the hour of the day', () => {
    const diurnal = availabilityOf(settings({ availability: 'diurnal' }), 3, DEVICES)
    for (let hour = 0; hour < 30; hour++) {
      expectShare(diurnal.count(hour * HOUR_MS) / DEVICES, DIURNAL[hour % 24]!, DEVICES)
    }
    expect(Math.max(...DIURNAL) / Math.min(...DIURNAL)).toBeCloseTo(4, 12)
  })

  it('begins at the hour it is told to', () => {
    const curve = DIURNAL.map((_, hour) => (hour === 20 ? 1 : 0))
    const evening = availabilityOf(settings({ availability: curve, startHour: 18.5 }), 3, 100)
    const minutes = (count: number) => count * 60_000
    expect(evening.count(minutes(89))).toBe(0)
    expect(evening.count(minutes(90))).toBe(100)
    expect(evening.count(minutes(149))).toBe(100)
    expect(evening.count(minutes(150))).toBe(0)
    expect([0, minutes(30), minutes(31)].map((at) => evening.nextChange(at))).toEqual(
      [30, 90, 90].map(minutes),
    )
  })

  it('is each region’s own, by its own clock', () => {
    // Between 21 and 22 o'clock, and nobody else.
    const curve = DIURNAL.map((_, hour) => (hour === 21 ? 1 : 0))
    const there = availabilityOf(settings({ availability: curve, regions: THREE }), 3, DEVICES)
    expectShare(there.count(20 * HOUR_MS) / DEVICES, 0.5, DEVICES)
    expectShare(there.count(26 * HOUR_MS) / DEVICES, 0.3, DEVICES)
    expect(there.count(15.4 * HOUR_MS)).toBe(0)
    expectShare(there.count(15.5 * HOUR_MS) / DEVICES, 0.2, DEVICES)
    expect(there.count(17 * HOUR_MS)).toBe(0)
    // Nobody is in two.
    const all = [20, 26, 15.5].flatMap((hour) => [...there.devices(hour * HOUR_MS)])
    expect(new Set(all).size).toBe(all.length)
    expect(all.length).toBe(DEVICES)
    expect(there.nextChange(15 * HOUR_MS)).toBe(15.5 * HOUR_MS)
  })

  it('is drawn anew for each hour, and anew the next day', () => {
    const half = availabilityOf(settings({ availability: DIURNAL.map(() => 0.5) }), 3, DEVICES)
    const hours = [0, 1, 24].map((hour) => new Set(half.devices(hour * HOUR_MS)))
    for (const [one, other] of [
      [0, 1],
      [0, 2],
    ] as const) {
      const both = [...hours[one]!].filter((device) => hours[other]!.has(device)).length
      expectShare(both / DEVICES, 0.25, DEVICES)
    }
  })

  it('is a function of seed, time and device, in whatever order it is asked', () => {
    const of = (seed: number) =>
      availabilityOf(settings({ availability: 'diurnal', regions: THREE }), seed, 200)
    const times = fc.array(fc.double({ min: 0, max: 1e10, noNaN: true }), { maxLength: 5 })
    const property = (before: readonly number[], at: number) => {
      const asked = of(4)
      for (const time of before) asked.devices(time)
      expect(asked.devices(at)).toEqual(of(4).devices(at))
      expect(asked.count(at)).toBe(asked.devices(at).length)
      const next = asked.nextChange(at)!
      expect(next).toBeGreaterThan(at)
      expect(next - at).toBeLessThanOrEqual(HOUR_MS)
      expect(asked.devices((at + next) / 2)).toEqual(asked.devices(at))
    }
    fc.assert(fc.property(times, fc.double({ min: 0, max: 1e10, noNaN: true }), property))
    expect(of(4).devices(0)).not.toEqual(of(5).devices(0))
  })
})
