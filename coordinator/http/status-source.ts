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
    /** Between rounds: devices that have to be there for the next one to start. */
    readonly wanted?: number
  }
  readonly rounds: {
    readonly released: number
    readonly aborted: number
    readonly abortedByReason: Readonly<Record<string, number>>
  }
  /** Devices put out of a round for what an honest one never does, since the coordinator started. */
  readonly blamedDevices?: number
  /** Codes that devices gave when they left a round by themselves, and how many did, likewise. */
  readonly refusals?: Readonly<Record<string, number>>
  readonly secureSum?: SecureSumStatus
  /** Of a task whose releases are differentially private. */
  readonly privacy?: PrivacyStatus
  readonly metrics: { readonly 'hr@10'?: MeasuredShare }
  /** The newest release: its round and its hash. */
  readonly model: { readonly version: number; readonly hash: string }
}

/** How vectors are summed; all but `backend` where they are masked. */
export interface SecureSumStatus {
  readonly backend: string
  /** What the plans of the rounds assume: see `Masking` of the secure sums. */
  readonly coordinator?: string
  readonly adversarial?: number
  readonly dropout?: number
  readonly identity?: string
  /** Devices of the largest group that is expected, the neighbours of each, and the shares that open a secret. */
  readonly groupSize?: number
  readonly neighbours?: number
  readonly threshold?: number
}

/** What a task may spend of its privacy budget, and has spent in the present period. */
export interface PrivacyStatus {
  readonly mode: 'local' | 'distributed' | 'central'
  /** z of every round. */
  readonly noiseMultiplier: number
  readonly epsilon: number
  readonly delta: number
  /** Epsilon, against those who see releases. */
  readonly spent: number
  /** Of a device that took part in every round; null where nothing protects it from the coordinator. */
  readonly epsilonAgainstCoordinator: number | null
  /** An estimate: so many more like the next one; 10,000 stands for as many and more. */
  readonly remainingRounds: number
  /** When a new period begins with nothing spent, ISO 8601; null: never. */
  readonly periodEndsAt: string | null
  readonly exhausted: boolean
}

/**
 * A mean over the devices that evaluated the model of a round on events of their own, in [0, 1]. Of a task with privacy it is
 * an estimate from sums with noise, brought back to what shares can be.
 */
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
