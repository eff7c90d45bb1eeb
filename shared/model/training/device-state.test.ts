import { describe, expect, it } from 'vitest'
import { DeviceState } from './device-state.js'

const own = Float32Array.of(0.5, -1)
const rows = Int32Array.of(3, 1_000_000)
const table = Float32Array.of(1, 2, 3, 4, 5, 6)
const write = (state: Float32Array, of = rows, numbers = table) => {
  const device = new DeviceState(state, 2, 3)
  device.replaceRows(of).set(numbers)
  device.own.set(own)
}
const written = (length: number) => {
  const state = new Float32Array(length).fill(9)
  write(state)
  return state
}
const read = (state: Float32Array) => {
  const { isNew, own, rows, table } = new DeviceState(state, 2, 3)
  return { isNew, own: [...own], rows: [...rows], table: [...table] }
}
const whole = { isNew: false, own: [...own], rows: [...rows], table: [...table] }

describe('the state of a device', () => {
  it('is new when it is zeros', () => {
    expect(read(new Float32Array(11))).toEqual({ isNew: true, own: [0, 0], rows: [], table: [] })
  })

  it('is read as it was written, in as much room as its length says', () => {
    const length = DeviceState.length(2, 3, 2)
    expect(length).toBe(11)
    expect(read(written(length))).toEqual(whole)
  })

  it('ends in zeros, and may be copied into more room', () => {
    const state = written(15)
    expect([...state.subarray(11)]).toEqual([0, 0, 0, 0])
    const more = new Float32Array(40)
    more.set(state)
    expect(read(more)).toEqual(whole)
  })

  it('loses the last rows where it is cut, and never reads beyond', () => {
    expect(read(written(11).slice(0, 10))).toEqual({ ...whole, rows: [3], table: [1, 2, 3] })
    expect(read(written(11).slice(0, 6))).toEqual({ ...whole, rows: [], table: [] })
    expect(read(written(11).slice(0, 3))).toEqual({ ...whole, rows: [], table: [] })
  })

  it('is refused too little room, and stays as it is', () => {
    const state = new Float32Array(10).fill(9)
    expect(() => write(state)).toThrow(expect.objectContaining({ code: 'TACIT_TRAINING_FAILED' }))
    expect(state.every((value) => value === 9)).toBe(true)
  })

  it('leaves nothing of rows that it had before', () => {
    const state = written(15)
    write(state, Int32Array.of(7), Float32Array.of(8, 9, 10))
    expect(read(state)).toEqual({ ...whole, rows: [7], table: [8, 9, 10] })
    expect([...state.subarray(DeviceState.length(2, 3, 1))]).toEqual(Array(8).fill(0))
  })

  it('may be of numbers alone', () => {
    const state = new Float32Array(DeviceState.length(2, 3, 0))
    write(state, new Int32Array(0), new Float32Array(0))
    expect(read(state)).toEqual({ ...whole, rows: [], table: [] })
  })
})
