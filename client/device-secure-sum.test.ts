import { sumPlanOf } from '@tacit/shared/protocol'
import type { SecureSum } from '@tacit/shared/secagg'
import { twoPhase } from '@tacit/shared/secagg/testing'
import { describe, expect, it } from 'vitest'
import type { DeviceOptions } from './device-types.js'
import { settle, setUp, toUpload, typesOf } from './testing/device-bench.js'

describe('a device and its secure sum', () => {
  function withSum(sum: SecureSum, options: Partial<DeviceOptions> = {}) {
    const limits = { secureSums: ['two-phase'], minimumThreshold: 7 }
    const bench = setUp({ sums: () => sum, limits, ...options })
    return { ...bench, plan: { ...bench.plan, secureSum: 'two-phase' } }
  }

  it('does what the sum wants computed, and says what follows from it', async () => {
    const bench = withSum(twoPhase().sum)
    await toUpload(bench)
    const { network, roundId } = bench
    expect(typesOf(network.last.messages)).toEqual(['hello', 'join', 'sum'])
    network.last.say({ type: 'sum', roundId, step: 'go', body: {} })
    expect(typesOf(network.last.messages)).toEqual(['hello', 'join', 'sum', 'upload'])
  })

  it('leaves when what is computed fails', async () => {
    const { sum } = twoPhase()
    const failing: SecureSum = {
      ...sum,
      device: (...given) =>
        Object.assign(sum.device(...given), {
          start: () => [{ type: 'compute', run: () => Promise.reject(new RangeError('no memory')) }],
        }),
    }
    const bench = withSum(failing)
    await toUpload(bench)
    expect(bench.network.last.messages).toContainEqual({
      type: 'leave',
      roundId: bench.roundId,
      code: 'TACIT_INTERNAL',
    })
  })

  describe('of devices that are certified', () => {
    const masking = {
      coordinator: 'equivocating',
      adversarial: 0.1,
      dropout: 0.1,
      identity: 'certified',
    } as const
    const identity = { seed: new Uint8Array(32), credential: 'token' }

    /** A round of a masked plan, and what its secure sum was made from. */
    function masked(options: Partial<DeviceOptions>) {
      const { sum } = twoPhase()
      const made: Parameters<SecureSum['device']>[] = []
      const device: SecureSum['device'] = (...given) => {
        made.push(given)
        return sum.device(...given)
      }
      const limits = { secureSums: ['masked'], minimumThreshold: 7 }
      const bench = setUp({ sums: () => ({ ...sum, device }), limits, ...options })
      return { made, bench: { ...bench, plan: { ...bench.plan, secureSum: 'masked', masking } } }
    }

    it('brings along its limits, one key for the round, and secrets of the platform', async () => {
      const taken: number[] = []
      const { bench, made } = masked({
        identities: {
          take: (round) => {
            taken.push(round)
            return identity
          },
        },
      })
      await toUpload(bench)
      const [[plan, own] = []] = made
      expect([made.length, plan, taken]).toEqual([1, sumPlanOf(bench.plan), [bench.plan.round]])
      expect(own).toMatchObject({ identity, limits: { minimumCohort: 2, minimumThreshold: 7 } })
      expect(own?.random.origin).toBe('secure')
    })

    it('joins none without a key to sign with', async () => {
      const { bench, made } = masked({ identities: { take: () => undefined } })
      await toUpload(bench)
      expect(made).toEqual([])
      expect(bench.network.last.messages).toContainEqual({
        type: 'leave',
        roundId: bench.roundId,
        code: 'TACIT_CREDENTIAL_MISSING',
      })
    })

    it('hears, on coming back to the coordinator, which round was the last', async () => {
      const heard: number[] = []
      const bench = setUp({ identities: { take: () => identity, heard: (round) => void heard.push(round) } })
      bench.device.start()
      bench.network.last.welcome()
      await settle()
      expect(heard).toEqual([bench.fetched.manifest.round])
      bench.network.last.lose()
      bench.timers.advance(250)
      bench.network.last.welcome(true)
      await settle()
      expect(heard).toHaveLength(1)
    })

    it('takes none for a round that wants none', async () => {
      let taken = 0
      const bench = setUp({ identities: { take: () => void taken++ } })
      await toUpload(bench)
      expect([taken, typesOf(bench.network.last.messages).at(-1)]).toEqual([0, 'upload'])
    })
  })
})
