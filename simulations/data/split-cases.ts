/** What is asked of a model: one ranking each, of the targets among items the device does not know. */
export interface Cases {
  /** devices + 1 entries: device d is asked cases first[d] .. first[d + 1]. */
  readonly first: Int32Array
  /** Of each case the device, ascending. */
  readonly devices: Int32Array
  /** Of each case the training rows it folds in: so many, from the first. */
  readonly prefix: Int32Array
  /** cases + 1 entries: the targets of case c are targets[offsets[c]] .. targets[offsets[c + 1]]. */
  readonly offsets: Int32Array
  /** Rows of the catalogue; at least one for each case. */
  readonly targets: Int32Array
  /** cases x perDevice rows, -1 where too few items are outside the history. */
  readonly negatives: Int32Array
}

/** The targets of one case. */
export function targetsOf(cases: Pick<Cases, 'offsets' | 'targets'>, index: number): Int32Array {
  return cases.targets.subarray(cases.offsets[index]!, cases.offsets[index + 1]!)
}

/** All targets of a device, those of one case after those of another. */
export function deviceTargets(
  { first, offsets, targets }: Pick<Cases, 'first' | 'offsets' | 'targets'>,
  device: number,
): Int32Array {
  return targets.subarray(offsets[first[device]!]!, offsets[first[device + 1]!]!)
}

/** The negatives of one case, without the places that were left empty. */
export function negativesOf({ negatives }: Pick<Cases, 'negatives'>, perDevice: number, index: number) {
  const own = negatives.subarray(index * perDevice, (index + 1) * perDevice)
  const empty = own.indexOf(-1)
  // Empty places come last where rows were drawn; a data set's own may have them anywhere.
  return empty < 0 ? own : own.filter((row) => row >= 0)
}

/** Takes cases device by device, then has room for their negatives. */
export class CasesBuilder {
  readonly #counts: Int32Array
  readonly #devices = new Rows()
  readonly #prefix = new Rows()
  readonly #offsets = new Rows()
  readonly #targets = new Rows()

  /** @param devices that there are at most */
  constructor(devices: number) {
    this.#counts = new Int32Array(devices)
    this.#offsets.push(0)
  }

  /** Devices come in ascending order, each as often as it is asked. */
  add(device: number, prefix: number, targets: Int32Array): void {
    this.#devices.push(device)
    this.#prefix.push(prefix)
    for (const target of targets) this.#targets.push(target)
    this.#offsets.push(this.#targets.length)
    this.#counts[device]!++
  }

  /** @param devices that there are */
  finish(perDevice: number, devices = this.#counts.length): Cases {
    const first = new Int32Array(devices + 1)
    for (let d = 0; d < devices; d++) first[d + 1] = first[d]! + this.#counts[d]!
    return {
      first,
      devices: this.#devices.finish(),
      prefix: this.#prefix.finish(),
      offsets: this.#offsets.finish(),
      targets: this.#targets.finish(),
      negatives: new Int32Array(this.#devices.length * perDevice).fill(-1),
    }
  }
}

/** Rows that grow, in a typed array: 100,000 devices have millions, and a single one has a few. */
export class Rows {
  #values = new Int32Array(32)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Int32Array(2 * this.#length)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#length++] = value
  }

  finish(): Int32Array<ArrayBuffer> {
    return this.#values.slice(0, this.#length)
  }
}
