import { TASK_DEFAULTS } from '@tacit/coordinator/task'
import { groupParameters } from '@tacit/shared/secagg'
import { describe, expect, it } from 'vitest'
import { demoRound } from './round-size.js'

const { masking } = TASK_DEFAULTS

describe('a round of the demo', () => {
  it.each([
    [200, { goal: 100, invited: 130, minimum: 50 }],
    [60, { goal: 40, invited: 52, minimum: 40 }],
    [20, { goal: 20, invited: 20, minimum: 10 }],
    [2, { goal: 2, invited: 2, minimum: 2 }],
  ])('with %i shoppers', (shoppers, round) => {
    expect(demoRound(shoppers)).toMatchObject(round)
  })

  it('is as large as masks need, wherever there are shoppers enough', () => {
    for (let shoppers = 10; shoppers <= 150; shoppers++) {
      const { minimum, invited } = demoRound(shoppers)
      const coordinator = shoppers < 40 ? 'curious' : 'equivocating'
      for (let size = minimum; size <= invited; size++)
        expect(groupParameters({ ...masking, coordinator }, size, invited), `${size}`).toBeDefined()
    }
  })
})
