import { platformSuite } from '@tacit/shared/crypto'
import { describe, expect, it } from 'vitest'
import { maskingFor } from './secagg/cases.js'
import { certify } from './secagg/credentials.js'
import { coordinatorNeeds, deviceNeeds } from './secagg/floor.js'
import { goalsOf } from './secagg/goals.js'
import { playCoordinator } from './secagg/played-coordinator.js'
import { record, vectorOf } from './secagg/recording.js'
import { playDevice } from './secagg/sampled-device.js'
import { benchSecagg } from './secagg.js'

const suite = await platformSuite()

describe('the benchmark of secure sums', () => {
  it('measures a device, the coordinator, bytes and memory', async () => {
    const lines: string[] = []
    const figures = await benchSecagg({
      groups: [14],
      values: [300],
      quick: true,
      progress: (line) => lines.push(line),
    })
    expect(lines).toHaveLength(5)
    expect(figures).toMatchObject({
      bench: 'secagg',
      suite: 'node',
      cases: [
        {
          devices: 14,
          values: 300,
          identity: 'certified',
          modulusBits: 20,
          coordinator: [
            { dropout: 0, lost: 0, pairMasks: 0 },
            { dropout: 0.1, lost: 1 },
          ],
        },
      ],
      memory: [{ devices: 14, values: 300 }],
      goals: [],
    })
  })

  it.each([true, false])('plays rounds whose sums are right, certified: %s', async (isCertified) => {
    const options = { devices: 12, values: 50, lost: 1, sampled: 1 }
    const certified = isCertified ? await certify(options.devices, suite) : undefined
    const masking = maskingFor({ devices: options.devices, certified }, 0)
    const recording = await record({ ...options, masking, suite, certified, isReal: true })
    const { sums } = await playCoordinator(recording)
    const expected = new Float64Array(options.values)
    for (let device = 0; device < 11; device++) {
      for (const [i, word] of vectorOf(device, options.values).entries()) expected[i]! += word
    }
    expect(sums).toEqual(expected)
  })

  it.each([true, false])('knows what a round cannot do without, certified: %s', async (isCertified) => {
    const values = 10
    const options = { devices: 45, values, lost: 4, sampled: 1 }
    const certified = isCertified ? await certify(options.devices, suite) : undefined
    const masking = maskingFor({ devices: options.devices, certified }, 0)
    const recording = await record({ ...options, masking, suite, certified })
    const { calls, around } = await playDevice(recording, recording.scripts[0]!)
    const { verify, agree, seal, open, mask } = deviceNeeds(around, values, isCertified)
    expect(calls).toEqual({ verify, agree, seal, open, masks: mask / values })
    const coordinator = await playCoordinator(recording)
    const pairMasks = coordinator.calls.masks - 41
    const needs = coordinatorNeeds({ ...options, committee: around.committee, pairMasks, isCertified })
    expect(coordinator.calls.verify).toBe(needs.verify)
    expect(pairMasks).toBeGreaterThan(0)
  })

  it('says which goals are met', () => {
    const memory = { devices: 50, deviceWithGarbage: 9, coordinatorWithGarbage: 9 }
    const goals = goalsOf(
      [],
      [
        { ...memory, values: 1e4, device: 9, coordinator: 9 },
        { ...memory, values: 1e5, device: 3.5, coordinator: 2.5 },
        { ...memory, values: 1e6, device: 2, coordinator: 2 },
      ],
    )
    expect(goals).toEqual([
      { goal: 'peak memory of a device, in vectors', worst: 3.5, limit: 3, met: false },
      { goal: 'peak memory of a group, in vectors, one upload in flight', worst: 2.5, limit: 3, met: true },
    ])
  })
})
