import { link, mkdir, readFile, rename, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TacitError } from '@tacit/shared/errors'
import { systemTimers, type Timers } from '../gateway/timers.js'
import { type Processes, systemProcesses } from './processes.js'

export interface DirectoryLock {
  /** Lets others have the folder. Does nothing the second time. */
  release(): Promise<void>
}

export interface LockHost {
  readonly processes: Processes
  readonly timers: Timers
  /** Milliseconds since 1970, as the times of files. */
  readonly now: () => number
}

const systemHost: LockHost = { processes: systemProcesses, timers: systemTimers, now: Date.now }

/** How often a holder touches its lock, for those who cannot see its process. */
export const BEAT_MS = 5_000
/** A lock that was not touched for so long is nobody's, if its holder cannot be seen. */
export const STALE_MS = 30_000

/** Folders this process holds: where start times are not told, a lock with our own id is ours only if here. */
const held = new Set<string>()

/**
 * Takes a folder for this process alone, making it if need be. The lock of a dead process is taken over; that
 * of a process in another container or boot, whose id says nothing here, once it was silent for
 * {@link STALE_MS}, which this call waits for.
 * @throws TACIT_DATA_DIR_IN_USE
 */
export async function lockDirectory(dir: string, host: LockHost = systemHost): Promise<DirectoryLock> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, 'lock')
  const inUse = (pid: number) => new TacitError('TACIT_DATA_DIR_IN_USE', { dir, pid })
  if (held.has(path)) throw inUse(process.pid)
  held.add(path)
  try {
    const mine = await contentOf(host.processes)
    const owner = await claim(path, mine, host)
    if (owner !== undefined) throw inUse(owner)
    const stopBeating = beat(path, host)
    return {
      async release() {
        if (!held.delete(path)) return
        stopBeating()
        // A holder that was held up for long may have lost it to another.
        if ((await contentAt(path)) === mine) await rm(path, { force: true })
      },
    }
  } catch (error) {
    held.delete(path)
    throw error
  }
}

/** Undefined when the lock is ours now, else the process that has it. */
async function claim(path: string, mine: string, host: LockHost): Promise<number | undefined> {
  if (await createWhole(path, mine)) return undefined
  const found = await contentAt(path)
  const owner = await livingOwner(path, found, host)
  if (owner !== undefined) return owner
  // Moved aside, not deleted: another process may have taken the lock over since we read it.
  const aside = `${path}.${process.pid}`
  await rename(path, aside).catch(() => {})
  const moved = await readFile(aside, 'utf8').catch(() => found)
  if (moved !== found) await link(aside, path).catch(() => {})
  await rm(aside, { force: true })
  if (await createWhole(path, mine)) return undefined
  return pidIn(await contentAt(path)) ?? 0
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

/**
 * Our id, when we started and where. Ids are given again after a reboot and in every container, and must
 * neither lock a folder for ever nor pass for those of dead processes.
 */
async function contentOf({ startOf, place }: Processes): Promise<string> {
  return `${process.pid} ${await startOf(process.pid)} ${place}\n`
}

function contentAt(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

async function livingOwner(path: string, content: string, host: LockHost): Promise<number | undefined> {
  const { isAlive, startOf, place } = host.processes
  const pid = pidIn(content)
  if (pid === undefined) return undefined
  const [, started = '', holderPlace = ''] = content.trimEnd().split(' ')
  if (holderPlace !== place) return (await isTouched(path, host)) ? pid : undefined
  if (!isAlive(pid) || (await startOf(pid)) !== started) return undefined
  return pid === process.pid && started === '' ? undefined : pid
}

function pidIn(content: string): number | undefined {
  const pid = Number.parseInt(content, 10)
  return Number.isInteger(pid) && pid > 0 ? pid : undefined
}

/** Touches the lock from time to time, until the function it answers is called. */
function beat(path: string, { timers, now }: LockHost): () => void {
  const touch = () => {
    const at = new Date(now())
    utimes(path, at, at).catch(() => {})
    timer = timers.set(BEAT_MS, touch)
  }
  let timer = timers.set(BEAT_MS, touch)
  return () => timer.cancel()
}

/** Waits until the holder touches its lock, or did not for {@link STALE_MS}. */
async function isTouched(path: string, { timers, now }: LockHost): Promise<boolean> {
  const touchedAt = () =>
    stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    )
  const before = await touchedAt()
  if (before === undefined) return false
  // The holder's clock may be ahead of ours.
  const until = timers.now() + Math.min(before + STALE_MS - now(), STALE_MS)
  while (timers.now() < until) {
    await new Promise<void>((resolve) => timers.set(BEAT_MS / 2, resolve))
    const after = await touchedAt()
    if (after !== before) return after !== undefined
  }
  return false
}
