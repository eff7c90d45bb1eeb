import { createModel } from '@tacit/shared/model'
import { describe, expect, it } from 'vitest'
import { checkPersonal, MemoryPersonalStore, personalContext, personalKey } from './personal-state.js'

const task = { items: 20, population: 5, share: 1, settings: { factors: 4 } }
const model = createModel('bpr-mf', task)
const length = model.personalLength!(3)

describe('the personal state of a device', () => {
  it('is all zeros at first, and a copy of what was saved afterwards', () => {
    const store = new MemoryPersonalStore()
    const key = personalKey(model, 'a')
    expect(personalContext(model, 3, store, key)!.personal).toEqual(new Float32Array(length))
    const saved = new Float32Array(length).fill(0.5)
    store.save(key, saved)
    const { personal } = personalContext(model, 3, store, key)!
    expect(personal).toEqual(saved)
    personal.fill(9)
    expect(store.load(key)).toEqual(saved)
  })

  it('is not that of another model, other settings or another catalogue', () => {
    const store = new MemoryPersonalStore()
    store.save(personalKey(model, 'a'), new Float32Array(length).fill(1))
    const wider = createModel('bpr-mf', { ...task, settings: { factors: 8 } })
    for (const key of [
      personalKey(model, 'b'),
      personalKey(wider, 'a'),
      personalKey(createModel('pfedrec', task), 'a'),
    ]) {
      expect(store.load(key)).toBeUndefined()
    }
  })

  it('is gone once it is cleared', () => {
    const store = new MemoryPersonalStore()
    store.save('key', new Float32Array(1))
    store.clear()
    expect(store.load('key')).toBeUndefined()
  })

  it('is none of a model that knows a device by its history alone', () => {
    const plain = createModel('ials', task)
    expect(personalContext(plain, 3, new MemoryPersonalStore(), 'key')).toBeUndefined()
  })

  it.each([Number.NaN, Infinity, 3e38, -1.1e6])('is refused when it holds %d', (value) => {
    expect(() => checkPersonal(Float32Array.of(0, value))).toThrow(
      expect.objectContaining({ code: 'TACIT_TRAINING_FAILED' }),
    )
  })

  it('may be as large as a million', () => {
    expect(() => checkPersonal(Float32Array.of(0, 1e6, -1e6))).not.toThrow()
  })

  it('that was saved out of bounds is dropped, and begins anew', () => {
    const store = new MemoryPersonalStore()
    store.save('key', new Float32Array(length).fill(3e38))
    expect(personalContext(model, 3, store, 'key')!.personal).toEqual(new Float32Array(length))
    expect(store.load('key')).toBeUndefined()
  })
})
