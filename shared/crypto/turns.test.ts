import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { scheduler, Turns } from './turns.js'

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

describe('Turns', () => {
  it('lets work begin at once until a turn is spent', async () => {
    const turns = new Turns()
    expect(turns.take(2_499)).toBeUndefined()
    expect(turns.take(100_000)).toBeUndefined()
    const third = turns.take(1)
    expect(third).toBeInstanceOf(Promise)
    await third
    expect(turns.take(1)).toBeUndefined()
  })

  it('hands out turns in the order in which they were asked for, a turn’s worth at a time', async () => {
    const turns = new Turns()
    turns.take(2_500)
    const done: number[] = []
    for (let i = 0; i < 6; i++) void turns.take(1_250)!.then(() => done.push(i))
    for (const served of [2, 4, 6]) {
      await nextTurn()
      expect(done).toEqual([0, 1, 2, 3, 4, 5].slice(0, served))
      expect(turns.take(0)).toBeInstanceOf(Promise)
    }
  })
})

describe('scheduler', () => {
  const order = async (schedule: (task: () => void) => void) => {
    const events: string[] = []
    await new Promise<void>((resolve) => {
      schedule(() => events.push('first'))
      schedule(() => {
        events.push('second')
        resolve()
      })
      void Promise.resolve().then(() => events.push('microtask'))
      events.push('now')
    })
    return events
  }
  const expected = ['now', 'microtask', 'first', 'second']
  const nothing = { setImmediate: undefined, MessageChannel: undefined }
  const unused = () => expect.unreachable('a timer is the last resort')

  it('uses setImmediate where it is', async () => {
    expect(await order(scheduler({ ...nothing, setImmediate, setTimeout: unused }))).toEqual(expected)
  })

  it('uses a message channel where it is not', async () => {
    const opened: { readonly port1: { close(): void } }[] = []
    class Channel extends MessageChannel {
      constructor() {
        super()
        opened.push(this)
      }
    }
    const platform = { ...nothing, MessageChannel: Channel as never, setTimeout: unused }
    expect(await order(scheduler(platform))).toEqual(expected)
    for (const { port1 } of opened) port1.close()
    expect(opened).toHaveLength(1)
  })

  it('uses a timer where neither is', async () => {
    expect(await order(scheduler({ ...nothing, setTimeout }))).toEqual(expected)
  })
})
