import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualTimers } from '../gateway/testing/manual-timers.js'
import { BEAT_MS, type DirectoryLock, type LockHost, lockDirectory, STALE_MS } from './lock.js'
import { type Processes, systemProcesses } from './processes.js'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tacit-lock-'))
})
afterEach(() => rm(dir, { recursive: true }))

const { place, startOf } = systemProcesses
const lockFile = () => join(dir, 'lock')
const writeLock = (content: string) => writeFile(lockFile(), content)
const inUseBy = (pid: number) => ({ code: 'TACIT_DATA_DIR_IN_USE', details: { dir, pid } })
const turn = () => new Promise((resolve) => setImmediate(resolve))

it('lets one holder in at a time and leaves nothing behind', async () => {
  const lock = await lockDirectory(dir)
  await expect(lockDirectory(dir)).rejects.toMatchObject(inUseBy(process.pid))
  await lock.release()
  await lock.release()
  expect(await readdir(dir)).toEqual([])
  await (await lockDirectory(dir)).release()
})

it('makes the folder', async () => {
  const lock = await lockDirectory(join(dir, 'deeper', 'still'))
  await lock.release()
})

it('respects a living process', async () => {
  const lock = await lockDirectory(dir)
  const ours = await readFile(lockFile(), 'utf8')
  await lock.release()
  expect(ours).toBe(`${process.pid} ${await startOf(process.pid)} ${place}\n`)
  await writeLock(`${process.ppid} ${await startOf(process.ppid)} ${place}\n`)
  await expect(lockDirectory(dir)).rejects.toMatchObject(inUseBy(process.ppid))
})

it.each([
  ['of a dead process', `${spawnSync('true').pid} 1 ${place}\n`],
  ['of a process whose id was given again', `${process.ppid} 1 ${place}\n`],
  ['of a former process with our id', `${process.pid} 1 ${place}\n`],
  ['that is damaged', 'what?'],
])('takes over a lock %s', async (_, content) => {
  await writeLock(content)
  const lock = await lockDirectory(dir)
  expect(await readFile(lockFile(), 'utf8')).toMatch(new RegExp(`^${process.pid} `))
  await lock.release()
})

it('has one winner when several take over together', async () => {
  await writeLock(`${spawnSync('true').pid} 1 ${place}\n`)
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => lockDirectory(dir)))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const outcome of outcomes) if (outcome.status === 'fulfilled') await outcome.value.release()
})

describe('with the time turned by hand', () => {
  let timers: ManualTimers
  beforeEach(() => {
    timers = new ManualTimers()
  })

  const hostOf = (processes: Partial<Processes> = {}): LockHost => ({
    processes: { ...systemProcesses, ...processes },
    timers,
    now: () => timers.now(),
  })
  const touch = () => utimes(lockFile(), timers.now() / 1000, timers.now() / 1000)

  /** Lets the time run until the folder is locked or refused, calling `each` at every beat of a holder. */
  async function lockInTime(each: () => unknown = () => {}): Promise<DirectoryLock> {
    let settled = false
    const outcome = lockDirectory(dir, hostOf()).finally(() => {
      settled = true
    })
    outcome.catch(() => {})
    for (let ms = 0; !settled; ms += 100) {
      if (ms % BEAT_MS === 0) await each()
      if (timers.pending > 0) timers.advance(100)
      await turn()
    }
    return outcome
  }

  it.each([
    ['container', `pid:[1]@${place.split('@')[1]}`],
    ['boot', `${place.split('@')[0]}@another`],
  ])('respects a process of another %s for as long as it touches its lock', async (_, elsewhere) => {
    const dead = spawnSync('true').pid
    await writeLock(`${dead} 1 ${elsewhere}\n`)
    await touch()
    await expect(lockInTime(touch)).rejects.toMatchObject(inUseBy(dead))
    expect(timers.now()).toBeLessThanOrEqual(2 * BEAT_MS)
    const lock = await lockInTime()
    expect(timers.now()).toBeGreaterThanOrEqual(STALE_MS)
    await lock.release()
  })

  it('takes over at once from a process of another container that has long been silent', async () => {
    await writeLock('1 1 pid:[1]@another\n')
    await touch()
    timers.advance(STALE_MS)
    const lock = await lockDirectory(dir, hostOf())
    expect(timers.now()).toBe(STALE_MS)
    await lock.release()
  })

  it('touches its lock until it is released', async () => {
    const lock = await lockDirectory(dir, hostOf())
    for (let beats = 1; beats <= 3; beats++) {
      timers.advance(BEAT_MS)
      await expect.poll(async () => (await stat(lockFile())).mtimeMs).toBe(beats * BEAT_MS)
    }
    await lock.release()
    expect(timers.pending).toBe(0)
  })

  it('leaves a lock to the process that took it over meanwhile', async () => {
    const theirs = `${process.ppid} ${await startOf(process.ppid)} ${place}\n`
    await writeLock(`${spawnSync('true').pid} 1 ${place}\n`)
    const overtaken = hostOf({
      isAlive(pid) {
        // Between our look at the lock of a dead process and our taking it over.
        writeFileSync(lockFile(), theirs)
        return systemProcesses.isAlive(pid)
      },
    })
    await expect(lockDirectory(dir, overtaken)).rejects.toMatchObject(inUseBy(process.ppid))
    expect(await readFile(lockFile(), 'utf8')).toBe(theirs)
    expect(await readdir(dir)).toEqual(['lock'])
  })

  it('does not remove the lock of the process that it lost it to', async () => {
    const lock = await lockDirectory(dir, hostOf())
    await writeLock('1 1 another\n')
    await lock.release()
    expect(await readFile(lockFile(), 'utf8')).toBe('1 1 another\n')
  })
})
