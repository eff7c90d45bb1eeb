import { webcrypto } from 'node:crypto'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { CryptoSuite, SubtleLike } from '../../crypto/index.js'
import { LOST, playTranscript, type Transcript } from './testing/transcript.js'
import { freezeTranscript, frozenTranscript } from './testing/transcript-file.js'

/**
 * One round, frozen: whatever changes a byte of what devices and coordinator say to each other changes this file,
 * and is a change of the protocol, whose version then changes too. To freeze it anew:
 *
 *   UPDATE_TRANSCRIPT=1 npx vitest run --project isolated shared/secagg/masked/transcript.isolated.test.ts
 *   npx biome check --write shared/secagg/masked/testing/transcript.json
 */
const UPDATE = process.env.UPDATE_TRANSCRIPT !== undefined

const subtle = webcrypto.subtle as unknown as SubtleLike

/** A WebCrypto as it was before it had these curves. */
const withoutCurves = new Proxy(subtle, {
  get:
    (target, method: keyof SubtleLike) =>
    (...args: unknown[]) => {
      const isNew = args.some((arg) => /^(?:X|Ed)25519$/.test((arg as { name?: string } | null)?.name ?? ''))
      if (isNew) return Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'))
      return (target[method] as (...args: unknown[]) => unknown).apply(target, args)
    },
})

/** What is chosen where the platform has no more than this. */
async function suiteOf(platform: { node: boolean; subtle: SubtleLike | undefined }): Promise<CryptoSuite> {
  const { getBuiltinModule } = process
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(((name: string) =>
    name === 'node:crypto' && !platform.node ? undefined : getBuiltinModule(name)) as never)
  vi.spyOn(globalThis.crypto, 'subtle', 'get').mockReturnValue(platform.subtle as never)
  // The choice is made once for each load of the module.
  vi.resetModules()
  const { platformSuite } = await import('../../crypto/index.js')
  const suite = await platformSuite()
  vi.restoreAllMocks()
  return suite
}

describe('the frozen transcript of a round', () => {
  let frozen: Transcript
  let suites: Record<'node' | 'web' | 'lacking' | 'noble', CryptoSuite>
  beforeAll(async () => {
    suites = {
      node: await suiteOf({ node: true, subtle: undefined }),
      web: await suiteOf({ node: false, subtle }),
      lacking: await suiteOf({ node: false, subtle: withoutCurves }),
      noble: await suiteOf({ node: false, subtle: undefined }),
    }
    if (UPDATE) freezeTranscript(await playTranscript([suites.node]))
    frozen = frozenTranscript()
  })
  it.each([
    ['node:crypto', 'node', 'node'],
    ['WebCrypto', 'web', 'web'],
    ['a WebCrypto that lacks the curves, with those of @noble', 'lacking', 'noble'],
    ['@noble alone', 'noble', 'noble'],
  ] as const)('is what devices give on %s', async (_, platform, name) => {
    expect(suites[platform].name).toBe(name)
    expect(await playTranscript([suites[platform]])).toEqual(frozen)
  })

  it('is what devices give that each have another suite', async () => {
    const { noble, web, node, lacking } = suites
    expect(await playTranscript([noble, web, node, lacking])).toEqual(frozen)
  })

  it('is of a round that ends in the sum over those who survived', () => {
    const { devices, survivors, sums, plan } = frozen
    expect(survivors.map(Number).toSorted()).toEqual([0, 1, 3, 4, 5, 6, 7])
    const expected = Array.from({ length: plan.length }, (_, i) =>
      survivors.reduce((sum, device) => sum + devices[Number(device)]!.vector[i]!, 0),
    )
    expect(sums).toEqual(expected)
  })

  it('has every step, each once in full, and none of a device that is lost', () => {
    const steps = ['keys', 'reveal', 'shares', 'upload', 'consistency', 'unmask']
    const heard = ['draw', 'neighbours', 'deliveries', 'survivors', 'signatures']
    const stepsOf = (device: number, direction: string) =>
      frozen.messages
        .filter((one) => one.device === device && one.direction === direction)
        .map(({ step }) => step)
    frozen.devices.forEach((_, device) => {
      const last = steps.indexOf(LOST.get(device) ?? '')
      const [said, told] = last < 0 ? [steps, heard] : [steps.slice(0, last), heard.slice(0, last)]
      expect([device, stepsOf(device, 'says'), stepsOf(device, 'hears')]).toEqual([device, said, told])
    })
    const inFull = frozen.messages.filter(({ body }) => body !== undefined).map(({ step }) => step)
    expect(inFull.toSorted()).toEqual([...steps, ...heard].toSorted())
  })

  it('draws no secret twice, and has a graph that is not complete', () => {
    const { devices, graph } = frozen
    const secrets = devices.flatMap(({ identity, channel, mask, chain, self, coefficients }) => {
      expect(coefficients).toHaveLength(2 * (graph.threshold - 1))
      return [identity, channel, mask, chain, self, ...coefficients]
    })
    for (const secret of secrets) expect(secret).toMatch(/^[0-9a-f]{64}$/)
    expect(new Set(secrets).size).toBe(secrets.length)
    expect(graph).toMatchObject({ neighbours: 6, threshold: 3 })
    expect(graph.places.toSorted()).toEqual(devices.map((_, place) => place))
  })
})
