import { rdpEpsilon } from '@tacit/shared/dp'
import {
  guardedEvent,
  type PlanPrivacy,
  type RoundPlan,
  releasedEvent,
  vectorEvent,
} from '@tacit/shared/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TestStore } from '../testing/ledger-stores.js'
import { privatePlan, roundOf } from '../testing/private-plan.js'
import { sample } from '../testing/sample.js'
import { Ledger } from './ledger.js'
import type { PrivacyLimits } from './limits.js'
import { DEFAULT_DELTA } from './refusal.js'
import { type LedgerStore, memoryLedger } from './store.js'

const task = sample()
/** Plans whose vectors the coordinator sees the sum of alone. */
const planOf = (privacy: Partial<PlanPrivacy> = {}) => privatePlan(task, privacy, 'masked')
const plan = planOf()
const LIMITS: PrivacyLimits = { epsilon: 8, delta: 1e-6 }
const overBudget = (problem = '') =>
  expect.objectContaining({ code: 'TACIT_DEVICE_BUDGET', message: expect.stringContaining(problem) })
const unusable = expect.objectContaining({ code: 'TACIT_LEDGER_UNUSABLE' })

interface Given {
  readonly limits?: PrivacyLimits | undefined
  readonly store?: LedgerStore
  readonly now?: () => number
}

async function ledgerOf({
  limits = LIMITS,
  store = memoryLedger(),
  now = () => 1000,
}: Given = {}): Promise<Ledger> {
  const ledger = new Ledger({ limits, store, now })
  await ledger.open()
  return ledger
}

async function chargeAll(ledger: Ledger, plans: readonly RoundPlan[]): Promise<number> {
  let charged = 0
  for (const each of plans) {
    await ledger.charge(each).then(
      () => charged++,
      () => {},
    )
  }
  return charged
}
const rounds = (count: number, of = plan, from = 1) =>
  Array.from({ length: count }, (_, i) => roundOf(of, from + i))

describe('what a ledger counts', () => {
  it('is the epsilon of its rounds together, as if no coin had been flipped', async () => {
    const ledger = await ledgerOf()
    const sampled = planOf({ sampling: 0.01 })
    await chargeAll(ledger, [...rounds(3), ...rounds(2, sampled, 10)])
    const event = guardedEvent(plan)!
    expect(event.sampling).toBe(1)
    const { epsilon } = rdpEpsilon([{ ...event, rounds: 5 }], LIMITS.delta)
    expect(await ledger.spent()).toEqual({
      tasks: [{ task: 'homepage', participations: 5, epsilon, delta: 1e-6, firstAt: 1000, lastAt: 1000 }],
      epsilon,
      delta: 1e-6,
      limit: LIMITS,
    })
  })

  it('believes in no noise of others where the coordinator reads every vector, unless it is trusted', async () => {
    const open = privatePlan(task)
    const spentOf = async (ledger: Ledger, of: RoundPlan) => {
      await ledger.charge(of)
      return (await ledger.spent()).epsilon
    }
    const careless = async (of: RoundPlan) => spentOf(new Ledger({ now: () => 0 }), of)
    expect(await careless(open)).toBeGreaterThan(1.3 * (await careless(plan)))
    const { epsilon } = rdpEpsilon([vectorEvent(open)!], DEFAULT_DELTA)
    expect(await careless(open)).toBe(epsilon)
    const modes = ['distributed', 'central'] as const
    const trusting = await ledgerOf({ limits: { ...LIMITS, modes } })
    expect(await spentOf(trusting, open)).toBeCloseTo(await careless(plan), 9)
    const local = { mode: 'local' } as const
    expect(await careless(privatePlan(task, local))).toBe(await careless(planOf(local)))
  })

  it('asks for a store where there are limits: without one they would hold for a page', () => {
    expect(() => new Ledger({ limits: LIMITS, now: () => 0 })).toThrow(
      expect.objectContaining({ code: 'TACIT_CONFIG_INVALID' }),
    )
  })

  it('composes over tasks, and not by adding epsilons', async () => {
    const ledger = await ledgerOf()
    await chargeAll(ledger, [...rounds(2), ...rounds(2, { ...plan, task: 'basket' })])
    const { tasks, epsilon } = await ledger.spent()
    const each = rdpEpsilon([{ ...guardedEvent(plan)!, rounds: 2 }], 1e-6).epsilon
    expect(tasks.map((spent) => [spent.task, spent.epsilon])).toEqual([
      ['homepage', each],
      ['basket', each],
    ])
    expect(epsilon).toBe(rdpEpsilon([{ ...guardedEvent(plan)!, rounds: 4 }], 1e-6).epsilon)
    expect(epsilon).toBeLessThan(2 * each)
  })

  it('is what others see where the coordinator is trusted to make the noise', async () => {
    const ledger = await ledgerOf()
    const central = planOf({ mode: 'central', sampling: 0.01 })
    await ledger.charge(central)
    const event = { ...releasedEvent(central)!, sampling: 1 }
    expect((await ledger.spent()).epsilon).toBe(rdpEpsilon([event], 1e-6).epsilon)
  })

  it('is without bound once a round had no noise, and over every limit', async () => {
    const store = new TestStore()
    const careless = new Ledger({ store, now: () => 0 })
    await careless.open()
    await chargeAll(careless, [...rounds(2), roundOf(task.plan, 3)])
    const { epsilon, tasks } = await careless.spent()
    expect([epsilon, tasks[0]!.epsilon, tasks[0]!.participations]).toEqual([Infinity, Infinity, 3])
    const strict = await ledgerOf({ store })
    expect(() => strict.check(roundOf(plan, 4))).toThrow(overBudget('no bounded share'))
  })
})

describe('a limit of a ledger', () => {
  it.each<[string, PrivacyLimits, RoundPlan, string]>([
    ['all tasks', { ...LIMITS, epsilon: 3 }, { ...plan, task: 'basket' }, 'of 3 in all'],
    ['one task', { ...LIMITS, epsilonPerTask: 3 }, plan, 'of 3 on the task'],
  ])('of epsilon holds for %s', async (_, limits, next, problem) => {
    const ledger = await ledgerOf({ limits })
    const charged = await chargeAll(ledger, rounds(40))
    const spent = await ledger.spent()
    expect(charged).toBeGreaterThan(1)
    expect(spent.epsilon).toBeLessThanOrEqual(3)
    const one = { ...guardedEvent(plan)!, rounds: charged + 1 }
    expect(rdpEpsilon([one], 1e-6).epsilon).toBeGreaterThan(3)
    expect(() => ledger.check(roundOf(next, 99))).toThrow(overBudget(problem))
  })

  it('for one task leaves room for another', async () => {
    const ledger = await ledgerOf({ limits: { ...LIMITS, epsilonPerTask: 3 } })
    await chargeAll(ledger, rounds(40))
    await ledger.charge({ ...plan, task: 'basket' })
    expect((await ledger.spent()).tasks).toHaveLength(2)
  })

  it('counts rounds of a task, for good or in any period', async () => {
    let now = 0
    const forGood = await ledgerOf({ limits: { ...LIMITS, participations: 2 }, now: () => now })
    const limits = { ...LIMITS, participations: 2, periodMs: 100 }
    const inPeriod = await ledgerOf({ limits, now: () => now })
    const charged: number[][] = []
    for (const [number, at] of [0, 60, 99, 100, 159, 160].entries()) {
      now = at
      const round = [roundOf(plan, number)]
      charged.push([at, await chargeAll(forGood, round), await chargeAll(inPeriod, round)])
    }
    expect(charged).toEqual([
      [0, 1, 1],
      [60, 1, 1],
      [99, 0, 0],
      [100, 0, 1],
      [159, 0, 0],
      [160, 0, 1],
    ])
  })

  it('separates the rounds of a task, also when the clock is put back or stops telling', async () => {
    let now = 1000
    const ledger = await ledgerOf({ limits: { ...LIMITS, separationMs: 500 }, now: () => now })
    await ledger.charge(roundOf(plan, 1))
    for (const at of [1000, 1499, 0, Number.NaN]) {
      now = at
      await expect(ledger.charge(roundOf(plan, 2))).rejects.toEqual(overBudget())
    }
    now = 1500
    await ledger.charge({ ...roundOf(plan, 2), task: 'basket' })
    await ledger.charge(roundOf(plan, 2))
  })

  it.each<[string, Partial<PrivacyLimits>]>([
    ['epsilon', { epsilon: 0 }],
    ['epsilon', { epsilon: Number.NaN }],
    ['delta', { delta: 1 }],
    ['delta', { delta: 0 }],
    ['modes', { modes: [] }],
    ['participations', { participations: 0 }],
    ['participations', { participations: 257, periodMs: 1 }],
    ['periodMs', { periodMs: 1 }],
    ['separationMs', { separationMs: -1 }],
    ['epsilonPerTask', { epsilonPerTask: Infinity }],
    ['leastNoiseMultiplier', { leastNoiseMultiplier: -1 }],
  ])('has to be one: %s, %o', (name, change) => {
    expect(
      () => new Ledger({ limits: { ...LIMITS, ...change }, store: memoryLedger(), now: () => 0 }),
    ).toThrow(
      expect.objectContaining({
        code: 'TACIT_CONFIG_INVALID',
        message: expect.stringContaining(`limits.privacy.${name}:`),
      }),
    )
  })
})

describe('a charge', () => {
  it('is made once for a round, before and after the page was left', async () => {
    const store = new TestStore()
    const ledger = await ledgerOf({ store })
    await ledger.charge(plan)
    const again = await ledgerOf({ store })
    for (const each of [ledger, again]) {
      expect(() => each.check(plan)).toThrow(overBudget('been in this round'))
      await expect(each.charge(plan)).rejects.toEqual(overBudget())
    }
    expect((await again.spent()).tasks[0]!.participations).toBe(1)
  })

  it('is in the store before it is done', async () => {
    const store = new TestStore()
    const ledger = await ledgerOf({ store })
    let open = () => {}
    store.gate = new Promise((resolve) => {
      open = resolve
    })
    let done = false
    const charging = ledger.charge(plan).then(() => {
      done = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(done).toBe(false)
    open()
    await charging
    expect((await (await ledgerOf({ store })).spent()).tasks[0]!.participations).toBe(1)
  })

  it('is not lost between two devices of one store, and the last bit of a budget is spent once', async () => {
    const store = new TestStore()
    const limits = { ...LIMITS, participations: 3 }
    const ledgers = await Promise.all([ledgerOf({ store, limits }), ledgerOf({ store, limits })])
    const charges = rounds(6).map((each, i) => ledgers[i % 2]!.charge(each))
    const outcomes = await Promise.allSettled(charges)
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array(3).fill('fulfilled'),
      ...Array(3).fill('rejected'),
    ])
    expect((await ledgers[0].spent()).tasks[0]!.participations).toBe(3)
  })

  it('is made in one tab alone where a lock keeps tabs apart', async () => {
    let kept: string | undefined
    let last: Promise<unknown> = Promise.resolve()
    const tab = (): LedgerStore => ({
      load: async () => kept,
      save: async (text) => {
        kept = text
      },
      exclusive: (act) => {
        const turn = last.then(act, act)
        last = turn
        return turn
      },
    })
    const tabs = await Promise.all([ledgerOf({ store: tab() }), ledgerOf({ store: tab() })])
    for (const each of rounds(5)) {
      const outcomes = await Promise.allSettled(tabs.map((ledger) => ledger.charge(each)))
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    }
    expect((await tabs[0].spent()).tasks[0]!.participations).toBe(5)
  })

  it('does not keep what no accountant knows', async () => {
    const ledger = new Ledger({ now: () => 0 })
    const odd = planOf({ mode: 'central', noiseMultiplier: Number.MAX_VALUE })
    await expect(ledger.charge(odd)).rejects.toEqual(overBudget())
    await ledger.charge(plan)
    expect((await ledger.spent()).epsilon).toBeGreaterThan(0)
  })
})

describe('a store', () => {
  it('gives a device the same coins after the page was left', async () => {
    const store = new TestStore()
    const half = rounds(64, planOf({ sampling: 0.5 }))
    const flip = (ledger: Ledger) => half.map((each) => ledger.coin(each))
    const first = flip(await ledgerOf({ store }))
    expect(flip(await ledgerOf({ store }))).toEqual(first)
    // A false alarm: 2^-64.
    expect(flip(await ledgerOf({ store: new TestStore() }))).not.toEqual(first)
  })

  it.each<[string, (store: TestStore) => void]>([
    ['cannot be read', (store) => Object.assign(store, { failing: 'load' })],
    ['cannot be written', (store) => Object.assign(store, { failing: 'save' })],
    ['forgets what it is told', (store) => Object.assign(store, { failing: 'forgetful' })],
  ])('that %s lets no round through from the start', async (_, break_) => {
    const store = new TestStore()
    break_(store)
    const ledger = new Ledger({ store, now: () => 0 })
    await expect(ledger.open()).rejects.toEqual(unusable)
    expect(ledger.isOpen).toBe(true)
    expect(() => ledger.check(plan)).toThrow(overBudget())
    expect(() => ledger.coin(planOf({ sampling: 0.5 }))).toThrow(overBudget())
    await expect(ledger.charge(plan)).rejects.toEqual(overBudget())
    await expect(ledger.spent()).rejects.toEqual(unusable)
  })

  it.each(['load', 'save', 'forgetful'] as const)(
    'that fails under way (%s) lets no more through',
    async (failing) => {
      const store = new TestStore()
      const ledger = await ledgerOf({ store })
      await ledger.charge(roundOf(plan, 1))
      store.failing = failing
      await expect(ledger.charge(roundOf(plan, 2))).rejects.toEqual(overBudget())
      store.failing = undefined
      await expect(ledger.charge(roundOf(plan, 3))).rejects.toEqual(overBudget())
      expect(() => ledger.check(roundOf(plan, 4))).toThrow(overBudget())
    },
  )

  it('whose text is changed anywhere lets no round through', async () => {
    const store = new TestStore()
    await (await ledgerOf({ store })).charge(plan)
    const { text = '' } = store
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom('', 'x', '0', '{'), async (at, by) => {
        const changed = text.slice(0, at) + by + text.slice(at + 1)
        fc.pre(changed !== text)
        store.text = changed
        await expect(ledgerOf({ store })).rejects.toEqual(unusable)
      }),
    )
    for (const other of ['', '{}', text.slice(0, 90)]) {
      store.text = other
      await expect(ledgerOf({ store })).rejects.toEqual(unusable)
    }
  })

  it('that is put back under way gives no new budget, nor does one that is cleared', async () => {
    const store = new TestStore()
    const ledger = await ledgerOf({ store })
    const before = store.text
    await ledger.charge(roundOf(plan, 1))
    store.text = undefined
    await ledger.charge(roundOf(plan, 2))
    expect((await ledger.spent()).tasks[0]!.participations).toBe(2)
    store.text = before
    await expect(ledger.charge(roundOf(plan, 3))).rejects.toEqual(overBudget())
  })

  it('is read before the first round: until then no round is let through', async () => {
    const ledger = new Ledger({ store: new TestStore(), now: () => 0 })
    expect(ledger.isOpen).toBe(false)
    expect(() => ledger.check(plan)).toThrow(overBudget('not open'))
    await expect(ledger.charge(plan)).rejects.toEqual(overBudget())
  })
})

it('a ledger never spends more than its limits, whatever the plans and the times they come at', async () => {
  const noise = fc.constantFrom(0.01, 0.5, 2, 4, 20)
  const mode = fc.constantFrom('local' as const, 'distributed' as const, 'central' as const)
  const mechanism = fc.constantFrom('skellam' as const, 'discrete-gaussian' as const)
  const offered = fc.record({
    noiseMultiplier: noise,
    mode,
    mechanism,
    sampling: fc.constantFrom(1e-9, 1),
    adversarial: fc.constantFrom(0, 0.5, 0.99),
  })
  const step = fc.record({
    privacy: fc.option(offered, { freq: 9 }),
    number: fc.nat(12),
    task: fc.constantFrom('homepage', 'basket'),
    wait: fc.integer({ min: -50, max: 300 }),
    restart: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const store = new TestStore()
      const limits = { epsilon: 4, epsilonPerTask: 3, delta: 1e-5, participations: 6, separationMs: 100 }
      let now = 0
      let ledger = await ledgerOf({ store, limits, now: () => now })
      const seen = new Set<string>()
      const charged: { readonly plan: RoundPlan; readonly at: number }[] = []
      for (const { privacy, number, wait, restart, ...rest } of steps) {
        now += wait
        if (restart) ledger = await ledgerOf({ store, limits, now: () => now })
        const next = { ...roundOf(privacy ? planOf(privacy) : task.plan, number), ...rest }
        if ((await chargeAll(ledger, [next])) === 0) continue
        const key = `${next.task} ${next.roundId}`
        expect(seen).not.toContain(key)
        seen.add(key)
        charged.push({ plan: next, at: now })
      }
      // Reckoned anew, from the plans that were let through.
      const event = ({ plan: own }: { plan: RoundPlan }) =>
        own.privacy?.mode === 'central' ? { ...releasedEvent(own)!, sampling: 1 } : guardedEvent(own)!
      expect(rdpEpsilon(charged.map(event), limits.delta).epsilon).toBeLessThanOrEqual(limits.epsilon)
      for (const name of ['homepage', 'basket']) {
        const own = charged.filter((each) => each.plan.task === name)
        expect(own.length).toBeLessThanOrEqual(limits.participations)
        expect(rdpEpsilon(own.map(event), limits.delta).epsilon).toBeLessThanOrEqual(limits.epsilonPerTask)
        for (const [i, { at }] of own.entries()) {
          if (i > 0) expect(at - own[i - 1]!.at).toBeGreaterThanOrEqual(limits.separationMs)
        }
      }
    }),
    { numRuns: 60 },
  )
})
