import { expect, it } from 'vitest'
import { AtMost } from './at-most.js'

const settled = () => new Promise((resolve) => setImmediate(resolve))

it('runs so many at a time, in order, and goes on after a failure', async () => {
  const most = new AtMost(2)
  const endings: (() => void)[] = []
  const work = (number: number) => () =>
    new Promise<number>((resolve, reject) => {
      endings.push(() => (number === 1 ? reject(new Error('no')) : resolve(number)))
    })
  const results = [0, 1, 2, 3].map((number) => most.run(work(number)).catch(() => -1))
  await settled()
  expect(endings).toHaveLength(2)
  endings[1]!()
  await settled()
  expect(endings).toHaveLength(3)
  endings[0]!()
  endings[2]!()
  await settled()
  expect(endings).toHaveLength(4)
  endings[3]!()
  expect(await Promise.all(results)).toEqual([0, -1, 2, 3])
})
