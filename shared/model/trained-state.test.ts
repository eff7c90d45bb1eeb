import { expect, it } from 'vitest'
import { SeededRandom } from '../random/index.js'
import { bprMf } from './bpr-mf.js'
import { pfedrec } from './pfedrec.js'

const ITEMS = 30
const history = Int32Array.of(0, 3, 5, 9, 11)
const everything = { from: 0, to: ITEMS }
const blocks = [everything, { from: 4, to: 12 }, { from: 20, to: ITEMS }, everything, everything]

it.each([
  ['bpr-mf', bprMf, {}],
  ['pfedrec', pfedrec, {}],
  ['pfedrec that scores with the model’s items', pfedrec, { ownTable: 1 }],
])(
  '%s writes what it trained elsewhere, if it is told to, and leaves its state alone',
  (_, factory, more) => {
    const settings = { factors: 4, ...more }
    const model = factory.create({ items: ITEMS, population: 40, share: 1, settings })
    const { model: tensors } = model.init(new SeededRandom({ seed: 4, purpose: 'initialise' }))
    const newState = () => new Float32Array(model.personalLength!(history.length))
    const inPlace = newState()
    const states = [newState(), newState(), newState()]
    blocks.forEach((block, round) => {
      const train = (context: { personal: Float32Array; trained?: Float32Array }) =>
        model.train(
          tensors,
          history,
          block,
          new SeededRandom({ seed: 2, round, purpose: 'training' }),
          context,
        )
      const [personal, trained] = [states[round % 3]!, states[(round + 1) % 3]!]
      const before = personal.slice()
      const update = train({ personal, trained })
      expect(personal).toEqual(before)
      expect(update).toEqual(train({ personal: inPlace }))
      expect(trained).toEqual(inPlace)
      // The block without any of its items is the third: nothing is learnt there, and nothing lost.
      expect(trained.some((value, i) => value !== before[i])).toBe(round !== 2)
    })
  },
)
