import { gridOf, modulusOf, type RoundPlan, rotationSigns, roundNoise } from '@tacit/shared/protocol'
import { dequantise, dequantiseRotated, layoutSize, liftSum } from '@tacit/shared/update'
import { describe, expect, it } from 'vitest'
import { contribute } from './contribution.js'
import { checkPlan } from './guard.js'
import { privatePlan } from './testing/private-plan.js'
import { randomOf, sample } from './testing/sample.js'

const task = sample()
/** So little noise that the vectors decide what modulus there has to be. */
const quiet = { ...task, plan: { ...task.plan, largestGroup: 18 } }
const plan = privatePlan(quiet, { rotate: true, noiseMultiplier: 1e-3 })
const needed = modulusOf(plan, plan.largestGroup)

/** Of plans whose coordinator makes the noise: what a device says is its update alone. */
function contributed(plan: RoundPlan) {
  const into = new Uint32Array(layoutSize(plan.layout))
  const { model, tensors } = task
  const history = Int32Array.of(3, 5, 7, 11)
  const { failed } = contribute({ model, tensors, history, heldOut: 9, plan, random: randomOf(1), into })
  expect(failed).toBeUndefined()
  return liftSum(into, 32)
}

describe('a plan with rotation', () => {
  it('is accepted with the modulus that it needs, and no smaller one', () => {
    expect(checkPlan({ ...plan, modulusBits: needed }, task.limits).name).toBe('ials')
    expect(() => checkPlan({ ...plan, modulusBits: needed - 1 }, task.limits)).toThrow(
      expect.objectContaining({
        code: 'TACIT_PLAN_REFUSED',
        message: expect.stringContaining(`${needed} bits are needed`),
      }),
    )
  })

  it('makes no room for vectors that are not rotated', () => {
    expect(needed).toBe(16)
    const { rotate: _, ...straight } = plan.privacy!
    expect(() => checkPlan({ ...plan, modulusBits: needed, privacy: straight }, task.limits)).toThrow(
      expect.objectContaining({ message: expect.stringContaining('overflow') }),
    )
  })

  it('has devices say what they say without, in another basis', () => {
    const [turned, straight] = [{ rotate: true }, {}].map((privacy) => {
      return { ...privatePlan(task, { ...privacy, mode: 'central' }), quantisationBits: 15 }
    }) as [RoundPlan, RoundPlan]
    const signs = rotationSigns(turned)!
    const words = contributed(turned)
    const expected = dequantise(contributed(straight), straight.layout, gridOf(straight))
    const found = dequantiseRotated(words, turned.layout, gridOf(turned), signs)
    turned.layout.forEach(({ name }, index) => {
      found[name]!.forEach((x, i) => {
        // A step of rounding in every coordinate, turned back, is some of them in one.
        expect(Math.abs(x - expected[name]![i]!) * gridOf(turned).scales[index]!).toBeLessThan(6)
      })
    })
    expect(Math.max(...Object.values(expected).flatMap((values) => [...values]))).toBeGreaterThan(0.01)
    expect(words.every((word) => Math.abs(word) <= gridOf(turned).limit)).toBe(true)
    expect(Math.hypot(...words)).toBeLessThanOrEqual(roundNoise(turned)!.l2)
    expect(words.filter((word) => word !== 0).length).toBeGreaterThan(0.9 * words.length)
  })
})
