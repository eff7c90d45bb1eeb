/** What `GET /v1/status` answers. */
export interface StatusDocument {
  readonly tasks: readonly TaskStatus[]
}

export interface TaskStatus {
  readonly name: string
  /** The round under way, or the last one. */
  readonly round: {
    readonly number: number
    readonly phase: string
    readonly devices: number
    readonly groups: number
  }
  readonly rounds: {
    readonly released: number
    readonly aborted: number
    readonly abortedByReason: Readonly<Record<string, number>>
  }
  /** Devices put out of a round for what an honest one never does, since the coordinator started. */
  readonly blamedDevices?: number
  readonly metrics: { readonly 'hr@10'?: MeasuredShare }
  /** The newest release: its round and its hash. */
  readonly model: { readonly version: number; readonly hash: string }
}

/** A mean over the devices that evaluated the model of a round on events of their own, in [0, 1]. */
export interface MeasuredShare {
  readonly value: number
  readonly devices: number
  readonly round: number
}

export interface HistoryPoint {
  readonly round: number
  readonly 'hr@10': number
  readonly devices: number
}

/** Where the routes read from; whoever runs the tasks implements it. Answers at once, from memory. */
export interface StatusSource {
  current(): StatusDocument
  /** Every measurement of a task, in order of rounds; empty for a task that is not there. */
  history(task: string): readonly HistoryPoint[]
  /** Calls `listener` after every change, until the function it answers is called. */
  subscribe(listener: () => void): () => void
}
