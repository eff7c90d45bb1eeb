import { describe, expect, it } from 'vitest'
import { play, TWELVE } from '../testing/play.js'
import { DRAWN, RecordedSecrets } from '../testing/recorded-secrets.js'
import { MaskedRound, type RoundOptions } from '../testing/round.js'

const VICTIM = 5

async function uploadOf(options: Partial<RoundOptions> = {}): Promise<Uint8Array> {
  const { end } = await play({ ...TWELVE, ...options })
  return end.uploads.get(VICTIM)!
}

/** The victim draws one of its secrets otherwise, and all others alike. */
function drawsOtherwise(what: (typeof DRAWN)[number]): Pick<RoundOptions, 'own'> {
  const change = (bytes: Uint8Array, index: number) => {
    if (index === DRAWN.indexOf(what)) bytes[0]! ^= 1
  }
  const random = new RecordedSecrets({ seed: 1, device: VICTIM }, change)
  return { own: (device) => (device === VICTIM ? { random } : {}) }
}

describe('a device that masks its vector', () => {
  it('adds a mask of its own, which its neighbours know nothing of', async () => {
    const [one, other] = [await uploadOf(), await uploadOf(drawsOtherwise('self'))]
    expect(one).toHaveLength(30)
    expect(similarity(one, other)).toBeLessThan(6)
  })

  it('adds masks that its neighbours know, besides', async () => {
    const { end, round } = await play(TWELVE)
    // Without them an upload less the self mask, which the coordinator opens, would be the vector.
    const { end: lonely } = await play({
      ...TWELVE,
      vanishes: (device) => (device === VICTIM ? 'consistency' : undefined),
    })
    expect(end.uploads.get(VICTIM)).toEqual(lonely.uploads.get(VICTIM))
    expect(round.fateOf(VICTIM).said).toContain('upload')
  })

  it.each([
    ['of another plan', { plan: { planHash: 'ac'.repeat(32) } }],
    ['of another modulus', { plan: { modulusBits: 23 } }],
  ])('never masks twice alike: in a round %s the same secrets give other masks', async (_name, other) => {
    const zero = { vectorOf: () => new Uint32Array(10) }
    const [one, two] = [await uploadOf(zero), await uploadOf({ ...zero, ...other })]
    expect(similarity(one, two)).toBeLessThan(6)
    expect(await uploadOf(zero)).toEqual(one)
  })

  it('overwrites the vector and all secrets by which it was masked', async () => {
    const vectors: Uint32Array[] = []
    const vectorOf = (device: number) => {
      vectors[device] ??= new Uint32Array(10).fill(device + 1)
      return vectors[device]
    }
    const stops = (device: number, step: string) => device === VICTIM && step === 'survivors'
    const { round } = await play({
      ...TWELVE,
      vectorOf,
      tamperDown: (device, step, body) => (stops(device, step) ? undefined : body),
    })
    expect(vectors.every((vector) => vector.every((word) => word === 0))).toBe(true)
    // It has uploaded, and heard nothing since.
    expect(round.fateOf(VICTIM)).toMatchObject({ code: undefined, wiped: true })
  })

  it('takes one vector', async () => {
    const round = new MaskedRound(TWELVE)
    const [device] = round.devices
    device!.contribute(new Uint32Array(10))
    expect(() => device!.contribute(new Uint32Array(10))).toThrow(
      expect.objectContaining({ code: 'TACIT_DUPLICATE_MESSAGE' }),
    )
    await round.run()
  })
})

/** Bytes that are the same; of 30 random ones hardly ever (1e-9) six. */
function similarity(a: Uint8Array, b: Uint8Array): number {
  return a.filter((byte, i) => byte === b[i]).length
}
