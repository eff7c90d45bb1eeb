import type { Part } from './trainers.js'

/** Trains devices, and answers the partial sums of their vectors. */
type Train = (devices: Int32Array) => Promise<Part[]>

/** Devices that train, and what comes of it. */
interface Training {
  readonly devices: Int32Array
  readonly parts: Promise<Part[]>
}

/**
 * Devices train from `begin` on, while their messages are still to be made up: those of a large cohort take a while.
 * Whose vectors a sum is over is known only in the end. Where it is over others than was foreseen, it is made anew, of
 * theirs. Nothing is lost but time; and after that, or after a sum that nobody asked for, nothing is foreseen any more.
 */
export class EarlySum {
  readonly #train: Train
  #begun: number[] = []
  #early: Training | undefined
  #foresees: boolean

  /** @param foresees whether it is worth a try: not where devices are lost with their vectors made */
  constructor(train: Train, foresees: boolean) {
    this.#train = train
    this.#foresees = foresees
  }

  /** A round begins. Answers what is to be waited for: nobody may train for two at a time. */
  reset(): Promise<void> | undefined {
    this.#begun = []
    const left = this.#early?.parts
    // Nobody asked for the sum: the round was aborted.
    if (left) this.#foresees = false
    this.#early = undefined
    const over = () => {}
    return left?.then(over, over)
  }

  /** The device was told to begin, and will upload as far as is known. */
  begun(device: number): void {
    this.#begun.push(device)
  }

  /** All of the round were told to begin: they train, unless they do already. */
  start(): void {
    if (this.#early || !this.#foresees) return
    const devices = Int32Array.from(this.#begun)
    const parts = this.#train(devices)
    // Whoever asks for the sum hears of it.
    parts.catch(() => {})
    this.#early = { devices, parts }
  }

  /** Partial sums over these devices, and no others. */
  async over(devices: Int32Array): Promise<Part[]> {
    const early = this.#early
    this.#early = undefined
    if (!early) return this.#train(devices)
    if (isSame(devices, early.devices)) return early.parts
    this.#foresees = false
    await early.parts.catch(() => {})
    return this.#train(devices)
  }
}

function isSame(some: Int32Array, others: Int32Array): boolean {
  if (some.length !== others.length) return false
  for (let i = 0; i < some.length; i++) if (some[i] !== others[i]) return false
  return true
}
