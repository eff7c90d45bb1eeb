import { describe, expect, it } from 'vitest'
import { play, TWELVE } from '../testing/play.js'
import { type Recorded, recordingSuite } from '../testing/recording-suite.js'
import { rememberingSuite } from '../testing/remembering-suite.js'
import { MaskedRound, type RoundOptions } from '../testing/round.js'

const isOverwritten = (bytes: Uint8Array) => bytes.every((byte) => byte === 0)

/** All that devices derive in a round which ends for them when they hear this step, malformed. */
async function derived(stopsAt: string | undefined, options: Partial<RoundOptions> = {}) {
  const { suite, recorded } = await recordingSuite()
  const { round } = await play({
    ...TWELVE,
    environment: { suite: async () => suite },
    coordinatorEnvironment: { suite: rememberingSuite },
    tamperDown: (_device, step, body) => (step === stopsAt ? null : body),
    ...options,
  })
  return { round, recorded }
}

const STOPS: readonly (string | undefined)[] = ['deliveries', 'survivors', 'signatures', undefined]
const KINDS = ['agreed', 'sealed', 'opened', 'masks'] as const satisfies readonly (keyof Recorded)[]

describe('what a device derives', () => {
  it.each(STOPS)('is overwritten when it stops at %s', async (stopsAt) => {
    const { round, recorded } = await derived(stopsAt)
    for (const kind of KINDS) expect([kind, recorded[kind].every(isOverwritten)]).toEqual([kind, true])
    for (const device of round.devices.keys()) expect(round.fateOf(device).wiped).toBe(true)
    const isDone = stopsAt === undefined || stopsAt === 'signatures'
    for (const packed of round.packed.values())
      expect(isOverwritten(packed)).toBe(isDone || stopsAt === 'survivors')
  })

  it('was there before', async () => {
    const { recorded } = await derived(undefined)
    expect(KINDS.map((kind) => recorded[kind].length)).toEqual([2 * 96, 2 * 96, 96, 96 + 12])
  })

  it('includes the keys by which it opens shares', async () => {
    const { recorded } = await derived(undefined)
    expect(recorded.openedWith.every(isOverwritten)).toBe(true)
  })

  it('is overwritten while it waits for its vector, and the vector if it has come too early', async () => {
    const { suite, recorded } = await recordingSuite()
    const round: MaskedRound = new MaskedRound({
      ...TWELVE,
      environment: { suite: async () => suite },
      coordinatorEnvironment: { suite: rememberingSuite },
      waits: () => true,
    })
    await round.run()
    expect(recorded.opened).toHaveLength(96)
    expect(recorded.opened.some(isOverwritten)).toBe(false)
    for (const device of round.devices) device.wipe()
    expect(recorded.opened.every(isOverwritten)).toBe(true)
    for (const device of round.devices.keys()) expect(round.fateOf(device).wiped).toBe(true)

    const [early] = new MaskedRound(TWELVE).devices
    const vector = new Uint32Array(10).fill(7)
    early!.contribute(vector)
    early!.wipe()
    expect(vector.every((word) => word === 0)).toBe(true)
  })

  it('is overwritten though it was still being computed', async () => {
    const round = new MaskedRound(TWELVE)
    const [device] = round.devices
    const [effect] = device!.start()
    if (effect?.type !== 'compute') throw new Error('keys are computed')
    const apply = await effect.run()
    device!.wipe()
    expect(apply()).toEqual([])
    expect(round.fateOf(0).wiped).toBe(true)
    expect(round.secrets[0]!.drawn).toHaveLength(4)
  })

  it('is not said again, nor is anything heard', async () => {
    const { devices } = new MaskedRound(TWELVE)
    const [effect] = devices[0]!.start()
    if (effect?.type !== 'compute') throw new Error('keys are computed')
    const said = (await effect.run())()
    expect(devices[0]!.resume()).toEqual(said)
    devices[0]!.wipe()
    expect(devices[0]!.resume()).toEqual([])
    expect(() => devices[0]!.receive('draw', {})).toThrow(
      expect.objectContaining({ code: 'TACIT_OUT_OF_PHASE' }),
    )
  })

  it('includes a vector that comes when it has wiped already', () => {
    const [device] = new MaskedRound(TWELVE).devices
    const vector = new Uint32Array(10).fill(7)
    device!.wipe()
    device!.contribute(vector)
    expect(vector.every((word) => word === 0)).toBe(true)
  })
})
