import { readFileSync, readlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** What this process can tell about others by their ids. */
export interface Processes {
  /** Where ids have the meaning they have here: this boot of the machine, this container. '' if not told. */
  readonly place: string
  isAlive(pid: number): boolean
  /** When a process started, in ticks since boot, where the system tells (Linux), else ''. */
  startOf(pid: number): Promise<string>
}

export const systemProcesses: Processes = {
  place: placeOfThis(),

  isAlive(pid) {
    try {
      process.kill(pid, 0)
      return true
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM'
    }
  },

  async startOf(pid) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    // The second field is the program's name in parentheses, which may hold spaces; the start is the 22nd.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  },
}

/** The first namespace of process ids has the same number on every machine: the boot's id tells them apart. */
function placeOfThis(): string {
  try {
    return `${readlinkSync('/proc/self/ns/pid')}@${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}`
  } catch {
    return ''
  }
}
