import { describe, expect, it } from 'vitest'
import { BufferedCohorts, type BufferedOptions, stalenessWeight } from './buffered-cohorts.js'

const options: BufferedOptions = {
  seed: 1,
  devices: 50,
  concurrency: 12,
  buffer: 4,
  maxStaleness: 20,
  workMs: (device) => 100 + 10 * device,
}

/** Rounds of a run in which each takes 5 ms. */
function run(rounds: number, change: Partial<BufferedOptions> = {}) {
  const cohorts = new BufferedCohorts({ ...options, ...change })
  let now = 0
  return Array.from({ length: rounds }, (_, version) => {
    const cohort = cohorts.next(version, now)
    now = cohort.atMs + 5
    return { ...cohort, version, oldest: cohorts.oldestVersion }
  })
}

describe('the rounds of buffered training', () => {
  it('take whoever has finished, each device once', () => {
    for (const { members } of run(30)) {
      expect(members).toHaveLength(4)
      expect(new Set(members.map(({ device }) => device)).size).toBe(4)
    }
  })

  it('begin in the order of time, and never before the round before has ended', () => {
    const times = run(30).map(({ atMs }) => atMs)
    times.slice(1).forEach((atMs, i) => {
      expect(atMs).toBeGreaterThanOrEqual(times[i]! + 5)
    })
  })

  it('get updates from older models, and none newer than there is', () => {
    const rounds = run(40)
    const staleness = rounds.flatMap(({ version, members }) =>
      members.map((member) => version - member.version),
    )
    expect(Math.min(...staleness)).toBe(0)
    expect(Math.max(...staleness)).toBeGreaterThan(2)
    for (const { version, members, oldest } of rounds.slice(1)) {
      for (const member of members) expect(member.version).toBeLessThanOrEqual(version)
      expect(oldest).toBeLessThanOrEqual(version)
    }
  })

  it('are hardly stale where nobody works but the buffer', () => {
    for (const { version, members } of run(10, { concurrency: 4, workMs: () => 100 })) {
      for (const member of members) expect(version - member.version).toBeLessThanOrEqual(1)
    }
  })

  it('give up what is too old', () => {
    const workMs = (device: number) => (device % 10 === 0 ? 1e5 : 100)
    const rounds = run(2000, { maxStaleness: 3, workMs })
    for (const { version, members } of rounds) {
      for (const member of members) expect(version - member.version).toBeLessThanOrEqual(3)
    }
  })

  it('replace devices that are lost', () => {
    const lost = run(200, { workMs: (device) => (device % 3 === 0 ? undefined : 100) })
    const devices = lost.flatMap(({ members }) => members.map(({ device }) => device))
    expect(devices.some((device) => device % 3 === 0)).toBe(false)
    expect(devices).toHaveLength(800)
  })

  it('are the same for the same seed', () => {
    expect(run(20)).toEqual(run(20))
    expect(run(20, { seed: 2 })).not.toEqual(run(20))
  })
})

describe('the weight of a stale update', () => {
  it('falls with the root of its age', () => {
    expect([0, 3, 8].map(stalenessWeight)).toEqual([1, 1 / 2, 1 / 3])
  })
})
