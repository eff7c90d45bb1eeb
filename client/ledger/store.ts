/**
 * Where a device keeps its privacy ledger: text, a few KiB. Devices of one page, of several tasks, share one store
 * object; two pages may write only if `exclusive` keeps them apart. What clears it gives the shopper a new budget for
 * what is known already: nothing here does, `Device.forget` neither.
 */
export interface LedgerStore {
  /** As it was saved last; undefined where it never was. What throws or rejects keeps the device out of all rounds. */
  load(): string | undefined | Promise<string | undefined>
  /** Done only when the text would outlive the process. */
  save(text: string): void | Promise<void>
  /**
   * Runs what loads, changes and saves while nobody else does, in any process: two tabs that charge one round at once
   * would both be in its sum, and one charge would be lost. In a browser: `(act) => navigator.locks.request(NAME, act)`.
   */
  exclusive?<T>(act: () => Promise<T>): Promise<T>
}

/** A store that lives as long as the page: limits hold over one visit, and a reload starts anew. */
export function memoryLedger(): LedgerStore {
  let kept: string | undefined
  return {
    load: () => kept,
    save: (text) => {
      kept = text
    },
  }
}

const turns = new WeakMap<LedgerStore, Promise<unknown>>()

/** Reads and writes of one store do not cross: a round charged between them would be lost. */
export function inTurn<T>(store: LedgerStore, act: () => Promise<T>): Promise<T> {
  const run = () => (store.exclusive ? store.exclusive(act) : act())
  const turn = (turns.get(store) ?? Promise.resolve()).then(run, run)
  turns.set(store, turn)
  return turn
}
