import { describe, expect, it } from 'vitest'
import { play, TWELVE } from '../testing/play.js'
import { Finished } from './finished.js'

const VICTIM = 5

describe('a device that has told its shares', () => {
  it('refuses a second request for another list, and one for another kind of share', async () => {
    for (const other of ['signatures', 'survivors', 'deliveries', 'draw', 'unheard-of']) {
      const { round, end } = await play((graph) => ({
        ...TWELVE,
        alsoDown: (device, step, body) =>
          device === VICTIM && step === 'signatures'
            ? [
                {
                  step: other,
                  body:
                    other === step
                      ? { signatures: body.signatures.toReversed() }
                      : { survivors: graph.survivorsWithout(0) },
                },
              ]
            : [],
      }))
      expect(round.fateOf(VICTIM).code).toBe('TACIT_OUT_OF_PHASE')
      expect(end.said.filter(({ device, step }) => device === VICTIM && step === 'unmask')).toHaveLength(1)
    }
  })

  it('takes nothing at all', async () => {
    const state = new Finished()
    expect(state.takes).toEqual([])
    await expect(state.receive('signatures', {})).rejects.toMatchObject({ code: 'TACIT_OUT_OF_PHASE' })
  })

  it('says nothing more when it hears the same request again', async () => {
    const { round, end } = await play({
      ...TWELVE,
      alsoDown: (device, step, body) => (device === VICTIM && step === 'signatures' ? [{ step, body }] : []),
    })
    expect(round.fateOf(VICTIM).code).toBeUndefined()
    expect(end.said.filter(({ step }) => step === 'unmask')).toHaveLength(12)
  })
})
