import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Process } from '../support/processes.js'

const TACIT = 'simulations/bin/tacit.js'
const WAIT_MS = 60_000
const ROUNDS = 60
/** One whose devices keep state of their own, and one whose devices do not. */
const models = ['ials', 'bpr-mf']

describe('a run with a folder', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-resume-'))
  const running: Process[] = []

  const tacit = (...args: string[]) => {
    const process = new Process(TACIT, args)
    running.push(process)
    return process
  }
  const simulate = (out: string, model: string, ...more: string[]) => {
    const size = ['--devices', '80', '--rounds', String(ROUNDS), '--participation', '0.3', '--dropout', '0.2']
    const work = ['--model', model, '--checkpoint-every', '0', '--workers', '1']
    return tacit('simulate', ...size, ...work, ...more, '--out', join(dir, out))
  }
  /** All that a run leaves, but for what clocks say and how many threads there were. */
  const left = (out: string) => {
    const at = (...path: string[]) => join(dir, out, ...path)
    const { wallMs, evaluationMs, clientUpdatesPerSecond, workers, ...result } = JSON.parse(
      readFileSync(at('result.json'), 'utf8'),
    )
    const rounds = readFileSync(at('metrics.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => ({ ...JSON.parse(line), wallMs: 0, evaluationMs: 0 }))
    const models = readdirSync(at('model'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => {
        const bytes = readFileSync(join(parentPath, name))
        return `${name} ${createHash('sha256').update(bytes).digest('hex')}`
      })
    return { result, rounds, models: models.sort() }
  }
  const rounds = (out: string) => readFileSync(join(dir, out, 'metrics.jsonl'), 'utf8').split('\n').length - 1

  afterAll(async () => {
    await Promise.all(running.map((process) => process.kill('SIGKILL')))
    rmSync(dir, { recursive: true, force: true })
  })

  it.each(models)(
    '%s: goes on after kill -9, or a Ctrl-C, to the bits of a run that was never stopped',
    async (model) => {
      expect(await simulate(`${model}-whole`, model).exit()).toBe(0)
      const whole = left(`${model}-whole`)
      expect(whole.rounds).toHaveLength(ROUNDS)

      const killed = simulate(`${model}-killed`, model)
      await killed.match(new RegExp(`round ${2 + Math.floor(Math.random() * 8)}/`), WAIT_MS)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 50))
      await killed.kill('SIGKILL')
      expect(rounds(`${model}-killed`)).toBeLessThan(ROUNDS)
      const again = tacit('resume', join(dir, `${model}-killed`), '--workers', '2')
      await again.match(/round \d+\//, WAIT_MS)
      expect(await again.kill('SIGINT')).toBe(130)
      expect(again.output).toContain(`tacit resume ${join(dir, `${model}-killed`)}\n`)
      expect(rounds(`${model}-killed`)).toBeLessThan(ROUNDS)

      expect(await tacit('resume', join(dir, `${model}-killed`)).exit()).toBe(0)
      expect(left(`${model}-killed`)).toEqual(whole)
    },
  )

  it('is written to by one process, and belongs to nobody once that was killed', async () => {
    const first = simulate('shared', 'popularity')
    await first.match(/round 2\//, WAIT_MS)
    // Or it would be done before the second has started.
    first.child.kill('SIGSTOP')
    const second = tacit('resume', join(dir, 'shared'))
    expect(await second.exit()).toBe(2)
    expect(second.output).toMatch(`process ${first.child.pid}`)
    expect(second.output).toMatch('TACIT_RUN_IN_USE')
    await first.kill('SIGKILL')
    expect(await tacit('resume', join(dir, 'shared')).exit()).toBe(0)
  })

  it('ends at once when it is told a second time', async () => {
    // Rounds that take seconds, so that it is the second signal that ends one.
    const masked = ['--secure-sum', 'masked', '--coordinator', 'curious', '--rounds', '3']
    const args = ['simulate', '--devices', '50', ...masked, '--workers', '1', '--out', join(dir, 'hurried')]
    const hurried = tacit(...args)
    await hurried.match(/round 1\//, WAIT_MS)
    hurried.child.kill('SIGINT')
    await hurried.match(/once more/, WAIT_MS)
    expect(await hurried.kill('SIGTERM')).toBe(130)
    expect(hurried.output).not.toMatch(/stopped after|round 2\//)
  })
})
