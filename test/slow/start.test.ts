import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { eventually, json, Process } from '../support/processes.js'

interface Status {
  tasks: {
    name: string
    rounds: { released: number; aborted: number }
    metrics: { 'hr@10'?: { value: number } }
    blamedDevices: number
    refusals: Record<string, number>
    secureSum: { backend: string; coordinator: string; identity: string; neighbours: number }
  }[]
}

const WAIT_MS = 60_000

describe('tacit start', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-start-'))
  const running: Process[] = []
  const start = async (...flags: string[]) => {
    const args = ['start', '--port', '0', '--data-dir', join(dir, 'data'), '--shoppers', '60', ...flags]
    const process = new Process('simulations/bin/tacit.js', args)
    running.push(process)
    const [, url] = await process.match(/status\s+(http\S+)\/v1\/status/, WAIT_MS)
    return { process, url: url! }
  }
  const task = async (url: string) => (await json<Status>(`${url}/v1/status`)).tasks[0]!

  afterAll(async () => {
    await Promise.all(running.map((process) => process.kill('SIGKILL')))
    rmSync(dir, { recursive: true, force: true })
  })

  it('trains a model whose HR@10, as devices measure it, rises; stops gracefully and goes on where it was', async () => {
    const { process, url } = await start()
    const first = await eventually(
      () => task(url),
      (t) => t.rounds.released >= 1,
      WAIT_MS,
    )
    const learnt = await eventually(
      () => task(url),
      (t) => t.rounds.released >= 6,
      WAIT_MS,
    )
    expect(process.output).toMatch(/Masked: the coordinator learns sums alone, even if it lies/)
    expect(learnt).toMatchObject({
      secureSum: { backend: 'masked', coordinator: 'equivocating', identity: 'certified' },
      blamedDevices: 0,
      refusals: {},
      rounds: { aborted: 0 },
    })
    expect(learnt.metrics['hr@10']!.value).toBeGreaterThan(first.metrics['hr@10']!.value)
    expect((await fetch(url)).headers.get('content-type')).toMatch(/text\/html/)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    expect(await process.kill('SIGTERM')).toBe(0)

    const again = await start()
    expect((await task(again.url)).rounds.released).toBeGreaterThanOrEqual(learnt.rounds.released)
    expect((await task(again.url)).name).toBe(learnt.name)

    const second = new Process('simulations/bin/tacit.js', [
      'start',
      '--port',
      '0',
      '--data-dir',
      join(dir, 'data'),
    ])
    expect(await second.exit()).toBe(2)
    expect(second.output).toMatch(/TACIT_DATA_DIR_IN_USE/)
    expect(await again.process.kill('SIGINT')).toBe(0)

    const shop = join(dir, 'shop.csv')
    const rows = Array.from({ length: 400 }, (_, e) => `u${e % 20},i${(e * 7 + (e % 20)) % 60},${e}`)
    writeFileSync(shop, `user,item,time\n${rows.join('\n')}\n`)
    const other = await start('--data', shop)
    expect((await task(other.url)).name).not.toBe(learnt.name)
    // Twenty shoppers are too few to stand a lying coordinator, which is said, and trained with nevertheless.
    expect(other.process.output).toMatch(/if it follows the protocol/)
    const few = await eventually(
      () => task(other.url),
      (t) => t.rounds.released >= 1,
      WAIT_MS,
    )
    expect(few.secureSum).toMatchObject({ backend: 'masked', coordinator: 'curious' })
    expect(await other.process.kill('SIGTERM')).toBe(0)
  })
})
