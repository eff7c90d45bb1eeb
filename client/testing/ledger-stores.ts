import type { LedgerStore } from '../ledger/index.js'

/** A store that outlives devices, and may fail. */
export class TestStore implements LedgerStore {
  text: string | undefined
  saves = 0
  failing: 'load' | 'save' | 'forgetful' | undefined
  /** What a save waits for. */
  gate: Promise<void> = Promise.resolve()

  async load(): Promise<string | undefined> {
    if (this.failing === 'load') throw new Error('no such disk')
    return this.text
  }

  async save(text: string): Promise<void> {
    await this.gate
    if (this.failing === 'save') throw new Error('disk full')
    this.saves++
    if (this.failing !== 'forgetful') this.text = text
  }
}
