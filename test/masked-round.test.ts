import type { RunningCoordinator } from '@tacit/coordinator'
import { verifyCredential } from '@tacit/shared/credentials'
import { platformSuite } from '@tacit/shared/crypto'
import { deviceSums, type RoundIdentity } from '@tacit/shared/secagg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  changed,
  FEW_DEVICES,
  Once,
  Shop,
  Shopper,
  shopTask,
  startShop,
  type Warning,
} from './support/certified-shop.js'

const HONEST = 40
const ODD = 3

describe('a masked round of certified devices, as deployments have it', () => {
  let coordinator: RunningCoordinator
  let warnings: Warning[]
  const shoppers: Shopper[] = []
  const status = () => coordinator.status.current().tasks[0]!

  beforeAll(async () => {
    const shop = await Shop.open()
    const started = await startShop(shop, [shopTask({})], HONEST + ODD, HONEST)
    coordinator = started.coordinator
    warnings = started.warnings
    const issuer = shop.trusted
    const shopper = (options: ConstructorParameters<typeof Shopper>[2]) =>
      shoppers.push(new Shopper(coordinator.url, shoppers.length, { issuer, ...options }))

    // The first of them is open in a second tab, which comes by the same credential a moment later.
    const identity = (await shop.identities()).take(1)!
    const tab = { take: (): RoundIdentity => ({ ...identity, seed: identity.seed.slice() }) }
    const spoken = new Once<void>()
    shopper({
      identities: tab,
      beforeSend: (outgoing) => {
        if (outgoing.type === 'sum' && outgoing.step === 'keys') setImmediate(() => spoken.resolve())
        return 'send'
      },
    })
    for (let d = 1; d < HONEST; d++) shopper({ identities: await shop.identities() })
    shopper({
      identities: tab,
      sums: deviceSums({
        suite: async () => {
          await spoken.promise
          return platformSuite()
        },
        verifyCredential: (token, key, round, suite) =>
          verifyCredential(token, key, { round }, issuer, Date.now(), suite),
      }),
    })
    // Another's signature under the issuer's name.
    shopper({ identities: await (await Shop.open()).identities() })
    shopper({})
    for (const { device } of shoppers) device.start()
  }, 120_000)

  afterAll(async () => {
    for (const { device } of shoppers) device.stop()
    await coordinator.stop()
  })

  it('releases the sum of the honest ones', async () => {
    const ends = await Promise.all(shoppers.slice(0, HONEST).map(({ ended }) => ended))
    for (const end of ends) expect(end).toMatchObject({ outcome: 'released', survivors: HONEST })
    expect(status().rounds).toEqual({ released: 1, aborted: 0, abortedByReason: {} })
  }, 120_000)

  it('puts out the second tab and the forged credential, and says so', async () => {
    for (const odd of shoppers.slice(HONEST, HONEST + 2))
      expect(await odd.ended).toMatchObject({ outcome: 'left', reason: 'blamed' })
    expect(status().blamedDevices).toBe(2)
    const problems = warnings.flatMap((line) => ('problem' in line ? [line.problem] : []))
    expect(problems.sort()).toEqual(['TACIT_CREDENTIAL_INVALID', 'a key that another device uses'])
  })

  it('goes on without the device that nobody vouches for, which says why', async () => {
    expect(await shoppers.at(-1)!.warned).toMatchObject({ code: 'TACIT_CREDENTIAL_MISSING' })
    expect(status().refusals).toEqual({ TACIT_CREDENTIAL_MISSING: 1 })
    expect(warnings).toContainEqual(expect.objectContaining({ refusals: { TACIT_CREDENTIAL_MISSING: 1 } }))
  })

  it('shows operators how vectors are summed', () => {
    expect(status().secureSum).toMatchObject({
      backend: 'masked',
      coordinator: 'equivocating',
      identity: 'certified',
      groupSize: HONEST + ODD,
    })
  })
})

describe('a coordinator whose plans protect less than devices want', () => {
  const { masking } = shopTask({})
  // Nobody is lost here: few devices are enough.
  const strong = { ...masking!, dropout: 0 }
  const weak = [
    [{ masking: { ...strong, adversarial: 0.05 } }, /share of 0\.05 colludes/],
    [{ masking: { ...strong, coordinator: 'curious' } }, /only curious/],
    [{ masking: { ...strong, identity: 'anonymous' } }, /anyone may take part/],
    [{ secureSum: 'plain' }, /secure sum plain is not accepted/],
  ] as const
  const DEVICES = 3

  it('is refused by every device, which explains; operators see by how many, and with what code', async () => {
    const shop = await Shop.open()
    const tasks = weak.map(([change], index) => shopTask({ name: `weak-${index}`, ...change }))
    const { coordinator, warnings } = await startShop(shop, tasks, DEVICES, DEVICES)
    const status = () => coordinator.status.current().tasks
    const identities = await shop.identities()
    const shoppers = tasks.map(({ name }) =>
      Array.from(
        { length: DEVICES },
        (_, d) =>
          new Shopper(coordinator.url, d, {
            task: name,
            device: `${name}-${d}`,
            issuer: shop.trusted,
            identities,
            limits: FEW_DEVICES,
          }),
      ),
    )
    for (const { device } of shoppers.flat()) device.start()
    await changed(coordinator, () => status().every(({ rounds }) => rounds.aborted === 1))
    for (const [index, [, problem]] of weak.entries()) {
      const refusals = { TACIT_PLAN_REFUSED: DEVICES }
      expect(status()[index]).toMatchObject({
        refusals,
        rounds: { abortedByReason: { 'too-few-joined': 1 } },
      })
      expect(warnings).toContainEqual(expect.objectContaining({ task: `weak-${index}`, refusals }))
      for (const { warned } of shoppers[index]!)
        expect(await warned).toMatchObject({
          code: 'TACIT_PLAN_REFUSED',
          message: expect.stringMatching(problem),
        })
    }
    // A plan that is refused costs no credential.
    expect(identities.take(1)).toBeDefined()
    for (const { device } of shoppers.flat()) device.stop()
    await coordinator.stop()
  }, 120_000)
})
