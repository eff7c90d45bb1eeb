import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { UploadSlots } from './upload-slots.js'

/** The same, told plainly. */
class Queue {
  waiting: string[] = []
  granted: string[] = []

  readonly slots: number

  constructor(slots: number) {
    this.slots = slots
  }

  ask(device: string): void {
    if (!this.waiting.includes(device)) this.waiting.push(device)
  }

  release(device: string): boolean {
    const held = this.granted.includes(device)
    this.waiting = this.waiting.filter((other) => other !== device)
    this.granted = this.granted.filter((other) => other !== device)
    return held
  }

  grant(): string[] {
    const now = this.waiting.splice(0, Math.max(0, this.slots - this.granted.length))
    this.granted.push(...now)
    return now
  }
}

const slotOf = (device: string) => ({ device, timer: `upload:${device}` })

/** All that get a slot now. */
function granted(slots: UploadSlots) {
  const now = []
  for (let slot = slots.grant(); slot; slot = slots.grant()) now.push(slot)
  return now
}

describe('UploadSlots', () => {
  it('serves first come, first served; who gave up its place goes to the end', () => {
    const device = fc.integer({ min: 0, max: 9 }).map(String)
    const step = fc.oneof(
      fc.record({ act: fc.constant('ask' as const), device }),
      fc.record({ act: fc.constant('release' as const), device }),
      fc.record({ act: fc.constant('grant' as const), device }),
    )
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 120 }), (count, steps) => {
        const slots = new UploadSlots(count)
        const queue = new Queue(count)
        for (const { act, device } of steps) {
          if (act === 'grant') expect(granted(slots)).toEqual(queue.grant().map(slotOf))
          else if (act === 'release')
            expect(slots.release(device)).toBe(queue.release(device) ? slotOf(device).timer : undefined)
          else if (!slots.has(device)) {
            slots.ask(device)
            queue.ask(device)
          }
          expect(slots.isGranted(device)).toBe(queue.granted.includes(device))
        }
      }),
    )
  })

  it('passes over each device once, however many were served before it', () => {
    const values = vi.spyOn(Set.prototype, 'values')
    const iterator = vi.spyOn(Set.prototype, Symbol.iterator)
    const slots = new UploadSlots(1)
    for (let device = 0; device < 100; device++) slots.ask(String(device))
    const served = Array.from({ length: 100 }, () => {
      const slot = slots.grant()
      slots.release(slot!.device)
      return slot!.device
    })
    const begun = values.mock.calls.length + iterator.mock.calls.length
    vi.restoreAllMocks()
    expect(served).toEqual(Array.from({ length: 100 }, (_, device) => String(device)))
    expect(begun).toBe(1)
  })
})
