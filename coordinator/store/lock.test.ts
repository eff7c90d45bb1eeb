import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lockDirectory } from './lock.js'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tacit-lock-'))
})
afterEach(() => rm(dir, { recursive: true }))

const writeLock = (content: string) => writeFile(join(dir, 'lock'), content)
const inUseBy = (pid: number) => ({ code: 'TACIT_DATA_DIR_IN_USE', details: { dir, pid } })

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
  const ours = await readFile(join(dir, 'lock'), 'utf8')
  await lock.release()
  const start = async (pid: number) => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  }
  expect(ours).toBe(`${process.pid} ${await start(process.pid)}\n`)
  await writeLock(`${process.ppid} ${await start(process.ppid)}\n`)
  await expect(lockDirectory(dir)).rejects.toMatchObject(inUseBy(process.ppid))
})

it.each([
  ['of a dead process', `${spawnSync('true').pid} 1\n`],
  ['of a process whose id was given again', `${process.ppid} 1\n`],
  ['of a former process with our id', `${process.pid} 1\n`],
  ['that is damaged', 'what?'],
])('takes over a lock %s', async (_, content) => {
  await writeLock(content)
  const lock = await lockDirectory(dir)
  expect(await readFile(join(dir, 'lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} `))
  await lock.release()
})

it('has one winner when several take over together', async () => {
  await writeLock(`${spawnSync('true').pid} 1\n`)
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => lockDirectory(dir)))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const outcome of outcomes) if (outcome.status === 'fulfilled') await outcome.value.release()
})
