import { sha256Hex, utf8ToBytes } from '@tacit/shared/bytes'
import { TacitError } from '@tacit/shared/errors'
import type { TaskAccount } from './account.js'

export interface LedgerState {
  /** What the coins of this device follow from: 32 bytes as hexadecimal digits. */
  readonly secret: string
  readonly accounts: readonly TaskAccount[]
}

const HEAD = /^tacit-ledger\/1 ([0-9a-f]{64}) /

/** The ledger as text, with a checksum: what was cut off or mixed up must not pass for less than was spent. */
export function encodeLedger(state: LedgerState): string {
  const json = JSON.stringify(state)
  return `tacit-ledger/1 ${sha256Hex(utf8ToBytes(json))} ${json}`
}

/** @throws TACIT_LEDGER_UNUSABLE unless the text is whole */
export function decodeLedger(text: string): LedgerState {
  const [head = '', checksum] = HEAD.exec(text) ?? []
  const json = text.slice(head.length)
  if (checksum === undefined || sha256Hex(utf8ToBytes(json)) !== checksum) throw unusable('it is damaged')
  return JSON.parse(json) as LedgerState
}

export function unusable(problem: string): TacitError {
  return new TacitError('TACIT_LEDGER_UNUSABLE', { problem })
}
