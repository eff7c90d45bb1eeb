import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Process } from '../support/processes.js'

const TACIT = 'simulations/bin/tacit.js'
const WAIT_MS = 60_000
const ROUNDS = 40

describe('a sweep', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-sweep-'))
  const running: Process[] = []

  const sweep = (out: string, parallel: number, seeds = 2) => {
    const size = ['--devices', '60', '--rounds', String(ROUNDS), '--participation', '0.5', '--workers', '1']
    const grid = ['--set', 'factors=4,8', '--seeds', String(seeds), '--checkpoint-every', '0']
    const where = ['--parallel', String(parallel), '--out', join(dir, out)]
    const process = new Process(TACIT, ['sweep', ...size, ...grid, ...where])
    running.push(process)
    return process
  }
  const at = (...path: string[]) => join(dir, ...path)
  const runs = (out: string) => readdirSync(at(out)).filter((name) => /_seed-\d+$/.test(name))
  const has = (out: string, name: string) => readdirSync(at(out, name)).includes('result.json')
  /** All that a sweep leaves, but for what clocks say. */
  const left = (out: string) =>
    Object.fromEntries(
      runs(out).map((name) => {
        const { wallMs, evaluationMs, clientUpdatesPerSecond, ...result } = JSON.parse(
          readFileSync(at(out, name, 'result.json'), 'utf8'),
        )
        const rounds = readFileSync(at(out, name, 'metrics.jsonl'), 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => ({ ...JSON.parse(line), wallMs: 0, evaluationMs: 0 }))
        return [name, { result, rounds }]
      }),
    )
  const metrics = (out: string) => {
    const { groups } = JSON.parse(readFileSync(at(out, 'comparison.json'), 'utf8'))
    return groups.map(({ label, seeds, estimates }: Record<string, Record<string, unknown>>) => [
      label,
      seeds,
      Object.entries(estimates!).filter(([key]) => !/wallMs|PerSecond/.test(key)),
    ])
  }

  afterAll(async () => {
    await Promise.all(running.map((process) => process.kill('SIGKILL')))
    rmSync(dir, { recursive: true, force: true })
  })

  it('goes on after kill -9, or a Ctrl-C, to what it would have been without', async () => {
    const whole = sweep('whole', 2)
    expect(await whole.exit(), whole.output).toBe(0)
    expect(whole.output).toMatch(/^4 runs, 2 at a time/)
    expect(runs('whole')).toHaveLength(4)

    const killed = sweep('broken', 2)
    await killed.match(/\[1\/4\]/, WAIT_MS)
    await killed.kill('SIGKILL')
    const finished = runs('broken').filter((name) => has('broken', name))
    const touched = () => finished.map((name) => statSync(at('broken', name, 'result.json')).mtimeMs)
    const before = touched()
    expect(before.length).toBeGreaterThan(0)

    const again = sweep('broken', 1)
    // Its first run is one of those whose processes have just lost the sweep that was killed.
    await again.match(/^4 runs \(\d finished/, WAIT_MS)
    await again.match(/\[\d\/4\]/, WAIT_MS)
    expect(await again.kill('SIGINT')).toBe(130)
    expect(again.output).toMatch(/stopped after round \d+\n/)
    expect(again.output).toMatch(/stopped with \d of 4 runs finished. To go on: tacit sweep .*broken\n/)
    expect(readdirSync(at('broken'))).not.toContain('comparison.html')

    const last = sweep('broken', 2)
    expect(await last.exit(), last.output).toBe(0)
    expect(touched()).toEqual(before)
    expect(left('broken')).toEqual(left('whole'))
    expect(metrics('broken')).toEqual(metrics('whole'))
    expect(readFileSync(at('broken', 'comparison.html'), 'utf8')).toMatch(/^<!doctype html>/)
  })

  it('reports a run that failed, and carries the others out', async () => {
    // A file where a folder should be.
    writeFileSync(at('whole', 'factors-4_seed-3'), '')
    const more = sweep('whole', 2, 3)
    expect(await more.exit()).toBe(1)
    expect(more.output).toMatch(/factors-4_seed-3 {2}FAILED/)
    expect(more.output).toMatch(/tacit: factors-4_seed-3 failed: .*TACIT_RUN_UNWRITABLE/)
    expect(has('whole', 'factors-8_seed-3')).toBe(true)
    expect(metrics('whole').map(([, seeds]: unknown[]) => seeds)).toEqual([
      [1, 2],
      [1, 2, 3],
    ])
  })
})
