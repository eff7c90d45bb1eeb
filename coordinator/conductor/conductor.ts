import { TacitError } from '@tacit/shared/errors'
import type { Member } from '@tacit/shared/secagg'
import type { GatewaySink } from '../gateway/index.js'
import type { RoundMessage } from '../round/index.js'
import type { TaskRunner } from './task-runner.js'

/** Hands what devices say to the task they are at. */
export class Conductor implements GatewaySink {
  readonly #tasks: ReadonlyMap<string, TaskRunner>
  readonly #taskOf = new Map<Member, TaskRunner>()

  constructor(tasks: ReadonlyMap<string, TaskRunner>) {
    this.#tasks = tasks
  }

  connected(device: Member, task: string, resumed: boolean): void {
    const runner = this.#tasks.get(task)
    if (!runner) throw new TacitError('TACIT_TASK_UNKNOWN', { task })
    this.#taskOf.set(device, runner)
    runner.connected(device, resumed)
  }

  message(device: Member, message: RoundMessage): void {
    this.#taskOf.get(device)?.dispatch({ type: 'message', device, message })
  }

  vector(device: Member, packed: Uint8Array): void {
    this.#taskOf.get(device)?.dispatch({ type: 'vector', device, packed })
  }

  detached(device: Member): void {
    this.#taskOf.get(device)?.detached(device)
  }

  gone(device: Member): void {
    this.#taskOf.get(device)?.gone(device)
    this.#taskOf.delete(device)
  }

  /** Ends every task's round; one that fails to does not keep the others. */
  async stop(): Promise<void> {
    await Promise.allSettled([...this.#tasks.values()].map((runner) => runner.stop()))
  }
}
