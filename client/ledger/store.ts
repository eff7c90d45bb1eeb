/**
 * Where a device keeps its privacy ledger: text, a few KiB. Only one process at a time may write; devices of one page,
 * of several tasks, share one store object. What clears it gives the shopper a new budget for what is known already:
 * nothing here does, `Device.forget` neither.
 */
export interface LedgerStore {
  /** As it was saved last; undefined where it never was. What throws or rejects keeps the device out of all rounds. */
  load(): string | undefined | Promise<string | undefined>
  /** Done only when the text would outlive the process. */
  save(text: string): void | Promise<void>
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
  const turn = (turns.get(store) ?? Promise.resolve()).then(act, act)
  turns.set(store, turn)
  return turn
}
