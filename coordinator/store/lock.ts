import { link, mkdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TacitError } from '@tacit/shared/errors'

export interface DirectoryLock {
  /** Lets others have the folder. Does nothing the second time. */
  release(): Promise<void>
}

/** Folders this process holds: where start times are not told, a lock with our own id is ours only if here. */
const held = new Set<string>()

/**
 * Takes a folder for this process alone, making it if need be. The lock of a dead process is taken over.
 * @throws TACIT_DATA_DIR_IN_USE
 */
export async function lockDirectory(dir: string): Promise<DirectoryLock> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, 'lock')
  const inUse = (pid: number) => new TacitError('TACIT_DATA_DIR_IN_USE', { dir, pid })
  if (held.has(path)) throw inUse(process.pid)
  held.add(path)
  try {
    const owner = await claim(path)
    if (owner !== undefined) throw inUse(owner)
  } catch (error) {
    held.delete(path)
    throw error
  }
  return {
    async release() {
      if (held.delete(path)) await rm(path, { force: true })
    },
  }
}

/** Undefined when the lock is ours now, else the process that has it. */
async function claim(path: string): Promise<number | undefined> {
  const mine = `${process.pid} ${await startOf(process.pid)}\n`
  if (await createWhole(path, mine)) return undefined
  const found = await readFile(path, 'utf8').catch(() => '')
  const owner = await livingOwner(found)
  if (owner !== undefined) return owner
  // Moved aside, not deleted: another process may have taken the lock over since we read it.
  const aside = `${path}.${process.pid}`
  await rename(path, aside).catch(() => {})
  const moved = await readFile(aside, 'utf8').catch(() => found)
  if (moved !== found) await link(aside, path).catch(() => {})
  await rm(aside, { force: true })
  if (await createWhole(path, mine)) return undefined
  return pidIn(await readFile(path, 'utf8').catch(() => '')) ?? 0
}

/** Creates the file, failing if it exists, in such a way that nobody ever reads half of it. */
async function createWhole(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${process.pid}.new`
  await rm(draft, { force: true })
  await writeFile(draft, content, { flag: 'wx', mode: 0o600 })
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await unlink(draft)
  }
}

async function livingOwner(content: string): Promise<number | undefined> {
  const pid = pidIn(content)
  if (pid === undefined || !isAlive(pid)) return undefined
  const started = await startOf(pid)
  if (started !== (content.trim().split(' ')[1] ?? '')) return undefined
  return pid === process.pid && started === '' ? undefined : pid
}

function pidIn(content: string): number | undefined {
  const pid = Number.parseInt(content, 10)
  return Number.isInteger(pid) && pid > 0 ? pid : undefined
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * When a process started, in ticks since boot, where the system tells (Linux), else '': process ids are
 * given again after a reboot and in every container, and must not lock a folder for ever.
 */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The second field is the program's name in parentheses, which may hold spaces; the start is the 22nd.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}
