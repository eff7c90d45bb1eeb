import { sha256Hex, utf8ToBytes } from '@tacit/shared/bytes'
import type { Sql } from 'postgres'

/**
 * The tasks that this process alone runs, of all that use a PostgreSQL server. The server gives them free
 * when the connection ends, thus also when the process dies.
 */
export class Claims {
  readonly #client: Sql

  /** @param client of one connection, which nothing but a failure ends */
  constructor(client: Sql) {
    this.#client = client
  }

  /**
   * Whether the task is this process's from now on. Asks the server each time, which answers from the
   * connection's own memory: after a lost connection the task may be another's.
   */
  async claim(task: string): Promise<boolean> {
    const [row] = await this.#client<{ ours: boolean }[]>`
      select pg_try_advisory_lock(${lockOf(task)}::bigint) as ours`
    return row!.ours
  }

  /** Gives all tasks free. */
  close(deadlineS: number): Promise<void> {
    return this.#client.end({ timeout: deadlineS })
  }
}

/** The number of the task's lock: 64 bits, for two tasks must not share one by chance. */
export function lockOf(task: string): string {
  return BigInt.asIntN(
    64,
    BigInt(`0x${sha256Hex(utf8ToBytes(`tacit task ${task}`)).slice(0, 16)}`),
  ).toString()
}
