import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  backToBest,
  keepTrained,
  keptIsBest,
  newStates,
  personalOf,
  restoreStates,
  statesIn,
} from './personal-states.js'

const OFFSETS = Int32Array.of(0, 1, 3, 6)
const steps = fc.array(
  fc.record({
    act: fc.constantFrom('train', 'keep', 'best'),
    device: fc.nat(2),
    value: fc.integer({ min: 1, max: 100 }),
  }),
  { maxLength: 40 },
)
const flat = (parts: Float32Array[]) => Float32Array.from(parts.flatMap((part) => [...part]))
const zeros = () => [1, 2, 3].map((length) => new Float32Array(length))

it('states are what they would be if each were copied', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const states = newStates(OFFSETS)
      const [kept, trained] = [zeros(), zeros()]
      let best = zeros()
      for (const { act, device, value } of all) {
        if (act === 'train') {
          const own = personalOf(states, device)
          expect(own.personal).toEqual(kept[device])
          trained[device] = own.trained.fill(value).slice()
        } else if (act === 'keep') {
          keepTrained(states, [device])
          kept[device] = trained[device]!
        } else {
          keptIsBest(states)
          best = kept.slice()
        }
        expect(statesIn(states, states.kept)).toEqual(flat(kept))
        expect(statesIn(states, states.best)).toEqual(flat(best))
      }
      const restored = newStates(OFFSETS)
      restoreStates(restored, statesIn(states, states.kept), statesIn(states, states.best))
      for (const device of [0, 1, 2])
        expect(personalOf(restored, device).trained.fill(0.5)).toHaveLength(device + 1)
      expect(statesIn(restored, restored.kept)).toEqual(flat(kept))
      backToBest(restored)
      expect(statesIn(restored, restored.kept)).toEqual(flat(best))
    }),
  )
})
