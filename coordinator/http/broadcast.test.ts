import { beforeEach, expect, it } from 'vitest'
import { ManualTimers } from '../gateway/testing/manual-timers.js'
import { Broadcast } from './broadcast.js'

class FakeSink {
  waitingBytes = 0
  ended = false
  readonly texts: string[] = []

  write(text: string) {
    this.texts.push(text)
  }

  end() {
    this.ended = true
  }
}

const limits = { maxSinks: 2, intervalMs: 250, heartbeatMs: 15_000, maxWaitingBytes: 10 }
let timers: ManualTimers
let version: number
let listeners: Set<() => void>
let broadcast: Broadcast
let sink: FakeSink

beforeEach(() => {
  timers = new ManualTimers()
  version = 1
  listeners = new Set()
  const subscribe = (listener: () => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  broadcast = new Broadcast(() => `v${version}`, subscribe, timers, limits)
  sink = new FakeSink()
  broadcast.add(sink)
  sink.texts.length = 0
})

function change(to: number): void {
  version = to
  for (const listener of listeners) listener()
}

it('sends the first change at once and those that follow as one', () => {
  for (let next = 2; next <= 9; next++) change(next)
  expect(sink.texts).toEqual(['data: v2\n\n'])
  timers.advance(249)
  expect(sink.texts).toHaveLength(1)
  timers.advance(1)
  expect(sink.texts).toEqual(['data: v2\n\n', 'data: v9\n\n'])
  timers.advance(1_000)
  expect(sink.texts).toHaveLength(2)
})

it('sends nothing that is not new', () => {
  change(1)
  expect(sink.texts).toEqual([])
})

it('gives signs of life', () => {
  timers.advance(30_000)
  expect(sink.texts).toEqual([':\n\n', ':\n\n'])
})

it('drops a reader that is too slow, and only that one', () => {
  const slow = new FakeSink()
  broadcast.add(slow)
  expect(broadcast.isFull).toBe(true)
  slow.waitingBytes = 11
  change(2)
  expect([slow.ended, sink.ended]).toEqual([true, false])
  expect(sink.texts).toEqual(['data: v2\n\n'])
})

it('stops listening with its last reader and starts again with the next', () => {
  change(2)
  broadcast.remove(sink)
  expect([listeners.size, timers.pending]).toEqual([0, 0])
  version = 3
  const next = new FakeSink()
  broadcast.add(next)
  change(4)
  expect(next.texts).toEqual(['retry: 2000\ndata: v3\n\n', 'data: v4\n\n'])
})

it('ends every stream when closed', () => {
  change(2)
  broadcast.close()
  expect(sink.ended).toBe(true)
  expect([listeners.size, timers.pending]).toEqual([0, 0])
})
