import { beforeAll, describe, expect, it } from 'vitest'
import { run } from './support/invariant.js'

/** DESIGN section 3: one seed, one model, to the bit, whatever carries it. More in slow/. */
describe('the invariant', () => {
  let reference: Awaited<ReturnType<typeof run>>
  beforeAll(async () => {
    reference = await run({})
  })

  it('one worker or two, in memory or on the wire: the same model and the same curve', async () => {
    expect(reference.rounds.released).toBe(3)
    expect(await run({ workers: 2 })).toEqual(reference)
    expect(await run({ transport: 'wire' })).toEqual(reference)
    expect(await run({ transport: 'wire', workers: 2 })).toEqual(reference)
  })

  it('holds when devices are lost, and the losses change the model', async () => {
    const lossy = await run({ dropout: 0.3 })
    expect(lossy.hash).not.toBe(reference.hash)
    expect(lossy.updates).toBeLessThan(reference.updates)
    expect(await run({ dropout: 0.3, workers: 2 })).toEqual(lossy)
    expect(await run({ dropout: 0.3, transport: 'wire', workers: 2 })).toEqual(lossy)
  })

  it('holds when a round covers a block of the catalogue, and in groups’ sums', async () => {
    const blocks = await run({ blockRows: 50 })
    expect(blocks.hash).not.toBe(reference.hash)
    expect(await run({ blockRows: 50, transport: 'wire' })).toEqual(blocks)
  })

  it('another seed makes another model', async () => {
    expect((await run({ seed: 12 })).hash).not.toBe(reference.hash)
  })
})
