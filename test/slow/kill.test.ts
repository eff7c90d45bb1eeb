import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Device, History, trainInline } from '@tacit/client'
import { createNodeDevice } from '@tacit/client/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, json, Process } from '../support/processes.js'

interface Status {
  tasks: {
    round: { number: number; phase: string }
    rounds: { released: number; aborted: number; abortedByReason: Record<string, number> }
    model: { version: number; hash: string }
  }[]
}

const DEVICES = 6
const WAIT_MS = 60_000
/** Masks for as few devices as are here, of which none is lost. */
const MASKED = ['--anonymous', '--dropout', '0']

describe('kill -9 in the middle of a round', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-kill-'))
  const items = Array.from({ length: 40 }, (_, i) => `sku-${i}`)
  const devices: Device[] = []
  const running: Process[] = []
  let port = 0
  /** While it is set, devices join and train for ever: the round stays open. */
  let held = false
  const freed: (() => void)[] = []

  const start = async () => {
    const args = ['--task', 'homepage', '--catalogue', join(dir, 'items.txt'), '--population', '10']
    const limits = ['--goal', '4', '--minimum', '3', '--pause', '200', ...MASKED]
    const process = new Process('coordinator/bin/tacit-coordinator.js', [
      ...args,
      ...limits,
      ...['--port', String(port), '--data-dir', join(dir, 'data')],
    ])
    running.push(process)
    const [, found] = await process.match(/"url":"http:\/\/127\.0\.0\.1:(\d+)"/, WAIT_MS)
    port = Number(found)
    return process
  }
  const status = async () => (await json<Status>(`http://127.0.0.1:${port}/v1/status`)).tasks[0]!

  beforeAll(() => writeFileSync(join(dir, 'items.txt'), `${items.join('\n')}\n`))

  afterAll(async () => {
    for (const free of freed) free()
    for (const device of devices) device.stop()
    await Promise.all(running.map((process) => process.kill('SIGKILL')))
    rmSync(dir, { recursive: true, force: true })
  })

  it('loses nothing released, reports the round aborted, and devices come back by themselves', async () => {
    const first = await start()
    for (let d = 0; d < DEVICES; d++) {
      const history = new History()
      for (let e = 0; e < 6; e++) history.add({ item: items[(d * 3 + e * 7) % items.length]!, at: e })
      const device = createNodeDevice({
        url: `http://127.0.0.1:${port}`,
        task: 'homepage',
        device: `device-${d}`,
        history,
        limits: { identity: 'anonymous', minimumCohort: 2, minimumThreshold: 2, dropout: 0 },
        backoff: { firstMs: 100, longestMs: 500 },
        train: async (work) => {
          if (held) await new Promise<void>((resolve) => freed.push(resolve))
          return trainInline(work)
        },
      })
      device.start()
      devices.push(device)
    }
    await eventually(status, (task) => task.rounds.released >= 2, WAIT_MS)
    held = true
    await eventually(status, (task) => task.round.phase === 'upload' && freed.length >= DEVICES, WAIT_MS)
    const before = await status()
    await first.kill('SIGKILL')

    held = false
    for (const free of freed.splice(0)) free()
    const second = await start()
    const after = await status()
    expect(second.output).toMatch(/"reason":"coordinator-restarted"/)
    expect(after.rounds.abortedByReason['coordinator-restarted']).toBe(1)
    expect(after.rounds.released).toBe(before.rounds.released)
    if (after.round.phase === 'waiting') expect(after.model).toEqual(before.model)
    const restored = await json<{ hash: string }>(`http://127.0.0.1:${port}/v1/tasks/homepage/model`)
    expect(restored.hash).toMatch(/^[0-9a-f]{64}$/)

    const later = await eventually(status, (task) => task.rounds.released > before.rounds.released, WAIT_MS)
    expect(later.model.version).toBeGreaterThan(before.model.version)
    expect(await second.kill('SIGTERM')).toBe(0)
  })

  it('refuses a folder in use, in one clear line', async () => {
    const first = await start()
    const second = new Process('coordinator/bin/tacit-coordinator.js', [
      ...['--task', 'homepage', '--catalogue', join(dir, 'items.txt'), '--population', '10'],
      ...['--goal', '4', '--minimum', '3', ...MASKED, '--port', '0', '--data-dir', join(dir, 'data')],
    ])
    expect(await second.exit()).toBe(2)
    expect(second.output).toMatch(/TACIT_DATA_DIR_IN_USE/)
    await first.kill('SIGTERM')
  })
})
