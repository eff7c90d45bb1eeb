import type { ErrorCode } from '@tacit/shared/errors'

const REMEMBERED = 64

/** Rounds that this device is done with, the last few, and whether the coordinator was told on this connection. */
export class LeftRounds {
  readonly #rounds = new Map<string, { code: ErrorCode; told: boolean }>()

  add(roundId: string, code: ErrorCode): void {
    this.#rounds.delete(roundId)
    this.#rounds.set(roundId, { code, told: false })
    if (this.#rounds.size <= REMEMBERED) return
    for (const oldest of this.#rounds.keys()) {
      this.#rounds.delete(oldest)
      return
    }
  }

  has(roundId: string): boolean {
    return this.#rounds.has(roundId)
  }

  /** Why the round was left, the first time on a connection. */
  tell(roundId: string): ErrorCode | undefined {
    const round = this.#rounds.get(roundId)
    if (!round || round.told) return undefined
    round.told = true
    return round.code
  }

  disconnected(): void {
    for (const round of this.#rounds.values()) round.told = false
  }
}
