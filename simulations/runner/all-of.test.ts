import { expect, it } from 'vitest'
import { allOf } from './all-of.js'

it('answers what all do, in their order', async () => {
  expect(await allOf([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2])
  expect(await allOf([])).toEqual([])
})

it('fails only when the last has ended', async () => {
  let end = () => {}
  const slow = new Promise<void>((resolve) => {
    end = resolve
  })
  let failed = false
  const all = allOf([Promise.reject(new Error('out of memory')), slow]).catch((error) => {
    failed = true
    return error.message
  })
  await new Promise(setImmediate)
  expect(failed).toBe(false)
  end()
  expect(await all).toBe('out of memory')
})
