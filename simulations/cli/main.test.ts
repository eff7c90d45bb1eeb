import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { main } from './main.js'

describe('the tacit command', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-cli-'))
  let out = ''
  let err = ''

  beforeEach(() => {
    out = ''
    err = ''
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += String(text)
      return true
    })
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      err += String(text)
      return true
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  const tacit = (...args: string[]) => main(['node', 'tacit', ...args])

  const file = (name: string, text: string) => {
    const path = join(dir, name)
    writeFileSync(path, text)
    return path
  }

  it('simulate --json prints one object and nothing else', async () => {
    const path = join(dir, 'run')
    const flags = ['--devices', '40', '--rounds', '2', '--workers', '1', '--set', 'factors=4', '--out', path]
    expect(await tacit('simulate', ...flags, '--dropout', '0.2', '--json')).toBe(0)
    const result = JSON.parse(out)
    expect(result).toMatchObject({
      schema: 1,
      model: 'ials',
      data: { users: 40, items: 2000 },
      protocol: { split: 'leave-one-out', negatives: 'clean', ties: 'pessimistic', perDevice: 99 },
      seed: 1,
      rounds: { released: 2, aborted: 0, abortedByReason: {} },
      participation: 1,
      secureSum: { backend: 'plain', groups: 1, neighbours: 0, threshold: 0 },
      privacy: null,
    })
    expect(result.clientUpdates).toBeLessThan(80)
    expect(result.curve).toHaveLength(2)
    expect(result.curve[0].validation['hr@10']).toBeGreaterThanOrEqual(0)
    expect(result.metrics.full['ndcg@10']).toBeLessThanOrEqual(result.metrics.full['hr@10'])
    expect(result.modelHash).toMatch(/^[0-9a-f]{64}$/)
    for (const count of [
      'uploadBytesPerDevice',
      'downloadBytesPerDevice',
      'clientUpdatesPerSecond',
      'wallMs',
    ]) {
      expect(result[count]).toBeGreaterThan(0)
    }
    expect(JSON.parse(readFileSync(join(path, 'result.json'), 'utf8'))).toEqual(result)
  })

  it('simulate --secure-sum masked makes the model that plain makes, and says how it was masked', async () => {
    const flags = ['simulate', '--devices', '40', '--rounds', '1', '--set', 'factors=2', '--json']
    expect(await tacit(...flags)).toBe(0)
    const plain = JSON.parse(out)
    out = ''
    expect(await tacit(...flags, '--secure-sum', 'masked')).toBe(0)
    const masked = JSON.parse(out)
    expect(masked.modelHash).toBe(plain.modelHash)
    expect(masked.clientUpdates).toBe(40)
    expect(masked.secureSum).toMatchObject({ backend: 'masked', groups: 1, neighbours: 39, threshold: 22 })
    expect(masked.secureSum.privacyBits).toBeGreaterThan(40)
    expect(masked.secureSum.correctnessBits).toBeGreaterThan(20)
    expect(plain.secureSum).toMatchObject({ privacyBits: null, correctnessBits: null })
  }, 60_000)

  it('simulates groups too small for an equivocating coordinator where it is said that it does not', async () => {
    const flags = ['simulate', '--devices', '12', '--rounds', '1', '--model', 'popularity']
    expect(await tacit(...flags, '--secure-sum', 'masked')).toBe(2)
    expect(err).toMatch(/12 devices: equivocating.*TACIT_SECAGG_NO_PARAMETERS.*--coordinator curious/)
    expect(out).toBe('')
    const assumed = ['--coordinator', 'curious', '--adversarial', '0', '--assumed-dropout', '0.15']
    expect(await tacit(...flags, '--secure-sum', 'masked', ...assumed)).toBe(0)
    expect(out).toMatch(
      /secure sum {3}masked, 1 group, \d+ neighbours, \d+ shares open a secret, privacy 2\^-\d+/,
    )
  })

  it('simulate without --json shows rounds and a summary with the protocol', async () => {
    expect(await tacit('simulate', '--devices', '30', '--rounds', '2', '--model', 'popularity')).toBe(0)
    expect(out).toMatch(/round 2\/2 {2}validation HR@10 0\.\d{4} {2}30 devices/)
    expect(out).toMatch(
      /leave-one-out, 99 clean negatives, pessimistic ties, best on validation NDCG@10, test reported, round \d, 30 cases of 30 devices/,
    )
  })

  it('reports rounds that abort', async () => {
    const flags = ['--devices', '30', '--cohort', '3', '--rounds', '4', '--dropout', '0.9', '--json']
    expect(await tacit('simulate', ...flags)).toBe(0)
    const { rounds } = JSON.parse(out)
    expect(rounds.aborted).toBeGreaterThan(0)
    const counted = Object.values(rounds.abortedByReason as Record<string, number>)
    expect(counted.reduce((sum, n) => sum + n, 0)).toBe(rounds.aborted)
    expect(rounds.released + rounds.aborted).toBe(4)
  })

  it.each([
    [['simulate', '--rounds', '0'], /--rounds.*\[1/],
    [['simulate', '--rounds', 'many'], /not a number/],
    [['simulate', '--rounds', '2', '--rounds', '3'], /given twice/],
    [['simulate', '--participation', '0'], /--participation/],
    [['simulate', '--participation', '1.5'], /--participation/],
    [['simulate', '--participation', '0.5', '--cohort', '3'], /--cohort.*either/],
    [['simulate', '--cohort', '5000'], /1000 devices/],
    [['simulate', '--model', 'magic'], /popularity/],
    [['simulate', '--set', 'factors'], /name=value/],
    [['simulate', '--set', 'colour=1'], /no setting colour[\s\S]*factors/],
    [['simulate', '--set', 'factors=-1'], /factors/],
    [['simulate', '--set', 'factors=8', '--factors', '8'], /--factors/],
    [['simulate', '--transport', 'pigeon'], /memory, wire/],
    [['simulate', '--secure-sum', 'magic'], /plain/],
    [['simulate', '--dropout', '1'], /--dropout/],
    [['simulate', '--secure-sum', 'masked', '--adversarial', '1'], /--adversarial/],
    [['simulate', '--secure-sum', 'masked', '--coordinator', 'honest'], /curious, equivocating/],
    [['simulate', '--assumed-dropout', '0.2'], /--assumed-dropout.*--secure-sum masked/],
    [['simulate', '--coordinator', 'curious'], /--coordinator.*--secure-sum masked/],
    [['simulate', '--what'], /--what/],
    [['simulate', '--data', '/nowhere'], /nowhere/],
    [['simulate', '--data', 'synthetic', 'more'], /argument/],
    [['fly'], /fly/],
    [['simulate', '--config', '/nowhere/run.yaml'], /nowhere/],
    [['config'], /either --resolved or --schema/],
    [['config', '--resolved', '--cohort', '5000'], /--cohort.*1000 devices/],
    [['resume'], /dir/],
    [['resume', '/nowhere'], /TACIT_RUN_NOT_FOUND/],
    [['resume', '/nowhere', '--seed', '3'], /--seed/],
    [['report', '/nowhere'], /TACIT_RUN_NOT_FOUND/],
    [['compare'], /dir/],
    [['compare', '/nowhere'], /TACIT_RUN_NOT_FOUND/],
    [['compare', '/nowhere', '--reach', 'hr@10'], /form hr@10=0.65/],
    [['compare', '/nowhere', '--reach', 'hr@10=65'], /\(0, 1\]/],
    [['compare', '/nowhere', '--reach', 'hr@10=.5@train'], /form hr@10=0.65/],
    [['sweep', '--set', 'factors=2,4'], /--out/],
    [['sweep', '--out', '/nowhere', '--set', 'factors'], /--set.*name=value/],
    [['sweep', '--out', '/nowhere', '--vary', 'rounds=0'], /--vary.*\[1/],
    [['sweep', '--out', '/nowhere', '--vary', 'rounds=1,2', '--rounds', '3'], /--rounds.*either/],
    [['sweep', '--out', '/nowhere', '--vary', 'rounds=1', '--vary', 'rounds=2'], /rounds is given twice/],
    [['sweep', '--out', '/nowhere', '--seeds', '2', '--seed', '3'], /either --seed or --seeds/],
    [['sweep', '--out', '/nowhere', '--set', 'colour=1,2'], /no setting colour[\s\S]*factors/],
  ])('%j ends with 2 and one clear line', async (args, message) => {
    expect(await tacit(...args)).toBe(2)
    expect(err).toMatch(message)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
    expect(out).toBe('')
  })

  it('finds out before the run that it could not write the result', async () => {
    const path = file('taken', '')
    expect(await tacit('simulate', '--devices', '30', '--rounds', '1', '--out', path)).toBe(2)
    expect(err).toMatch(/--out/)
    expect(out).toBe('')
  })

  it('names file, line and column of what is malformed', async () => {
    const path = file('shop.csv', 'user,item,time\nu1,i1,5\nu1,i2,yesterday\n')
    expect(await tacit('simulate', '--data', path)).toBe(2)
    expect(err).toMatch(/shop\.csv:3:7/)
    expect(err).toMatch(/TACIT_DATA_MALFORMED/)
  })

  it('cannot decide what a file without a header is', async () => {
    expect(await tacit('simulate', '--data', file('what.txt', 'one two three\nfour five six\n'))).toBe(2)
    expect(err).toMatch(/TACIT_DATA_UNDECIDABLE/)
  })

  it('config --resolved says what a run would have, and where from', async () => {
    const path = file('run.yaml', 'model: fcf\nsettings: {optimiser: adam}\njson: true\n')
    expect(await tacit('config', '--resolved', '--config', path)).toBe(2)
    expect(err).toMatch(/run.yaml:3 json: it can only be given as a flag/)
    file('run.yaml', 'model: fcf\nsettings: {optimiser: adam}\n')
    vi.stubEnv('TACIT_SIMULATE_DEVICES', '40')
    expect(await tacit('config', '--resolved', '--config', path, '--set', 'factors=4', '--rounds', '3')).toBe(
      0,
    )
    vi.unstubAllEnvs()
    for (const line of [
      'rounds: 3 # --rounds',
      'devices: 40 # environment TACIT_SIMULATE_DEVICES',
      `model: fcf # ${path}:1`,
      '  factors: 4 # --set',
      '  optimiser: adam # ',
      'participation: 1 # default',
    ]) {
      expect(out).toContain(line)
    }
    expect(out).toMatch(/^ {2}\w+: .* # default of the model$/m)
  })

  it('config --schema prints the schema of what --config takes', async () => {
    expect(await tacit('config', '--schema')).toBe(0)
    expect(JSON.parse(out).properties.secureSum.enum).toContain('masked')
  })

  it('resume prints the result of a finished run again', async () => {
    const path = join(dir, 'finished')
    const flags = ['--devices', '30', '--rounds', '1', '--model', 'popularity', '--json']
    expect(await tacit('simulate', ...flags, '--out', path)).toBe(0)
    const first = out
    out = ''
    expect(await tacit('simulate', ...flags, '--out', path)).toBe(2)
    expect(err).toMatch(/TACIT_RUN_EXISTS.*tacit resume/)
    expect(await tacit('resume', path, '--json', '--no-json')).toBe(0)
    expect(out).toMatch(/model {8}[0-9a-f]{64}/)
    out = ''
    expect(await tacit('resume', path, '--json')).toBe(0)
    expect(out).toBe(first)
    expect(err).toMatch(/the run is finished/)
  })

  it('sweep --dry-run lists runs with what --config and the environment say, and writes nothing', async () => {
    const path = join(dir, 'planned')
    const config = file('sweep.yaml', 'rounds: 9\nseed: 4\nsettings: {alpha: 0.5}\n')
    vi.stubEnv('TACIT_SIMULATE_ROUNDS', '7')
    const flags = ['--config', config, '--set', 'factors=2,4', '--vary', 'dropout=0.1', '--out', path]
    expect(await tacit('sweep', ...flags, '--dry-run')).toBe(0)
    expect(out.split('\n')[0]).toBe('2 runs')
    for (const factors of [2, 4]) {
      const name = `factors-${factors}_dropout-0.1_seed-4`
      const command = `--rounds 7 .*--seed 4 .*--dropout 0.1 .*--set alpha=0.5 --set factors=${factors}`
      expect(out).toMatch(new RegExp(`^${name}  to start\n    tacit simulate .*${command}`, 'm'))
    }
    out = ''
    expect(await tacit('sweep', ...flags, '--dry-run', '--json')).toBe(0)
    vi.unstubAllEnvs()
    expect(JSON.parse(out)).toMatchObject({ schema: 1, runs: [{ state: 'to start' }, {}] })
    expect(existsSync(path)).toBe(false)
  })

  it('report and compare read what simulate --out has written', async () => {
    const run = (seed: number) => join(dir, `compared-${seed}`)
    for (const seed of [1, 2]) {
      const flags = ['--devices', '30', '--rounds', '2', '--model', 'popularity', '--seed', String(seed)]
      expect(await tacit('simulate', ...flags, '--out', run(seed))).toBe(0)
      expect(out).toContain(`report       ${join(run(seed), 'report.html')}\n`)
    }
    const own = readFileSync(join(run(1), 'report.html'), 'utf8')
    expect(own).toMatch(/^<!doctype html>[\s\S]*compared-1/)
    const elsewhere = join(dir, 'elsewhere.html')
    expect(await tacit('report', run(1), '--out', elsewhere)).toBe(0)
    expect(readFileSync(elsewhere, 'utf8')).toBe(own)
    out = ''
    expect(await tacit('report', run(1), '--json')).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ schema: 1, name: 'compared-1', rounds: [{ round: 1 }, {}] })

    out = ''
    const html = join(dir, 'comparison.html')
    const asked = ['--reach', 'hr@10=0.01@validation', '--metric', 'full.hr@20', '--html', html]
    expect(await tacit('compare', run(1), run(2), ...asked)).toBe(0)
    expect(out).toMatch(/HR@20 full/)
    expect(out).not.toMatch(/NDCG@10 (?:sampled|full)/)
    expect(out).toMatch(/2 of 2 +1/)
    expect(readFileSync(html, 'utf8')).toContain('HR@10 0.01 on validation')
    out = ''
    expect(await tacit('compare', run(1), run(2), '--json')).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ schema: 1, varying: [], groups: [{ seeds: [1, 2] }] })
  })

  it('--help of the whole shows all commands and exit codes, and that of one its own', async () => {
    expect(await tacit('--help')).toBe(0)
    for (const shown of [
      'simulate',
      'resume',
      'report',
      'sweep',
      'compare',
      'config',
      'start',
      'secagg',
      'bench',
      '130 interrupted',
    ]) {
      expect(out).toContain(shown)
    }
    out = ''
    expect(await tacit('help', 'resume')).toBe(0)
    expect(out).toMatch(/--rounds <n>/)
  })

  it('--help shows columns and examples', async () => {
    expect(await tacit('simulate', '--help')).toBe(0)
    for (const shown of ['unix_time', 'behavior', 'session_id', 'Examples:', 'Exit codes']) {
      expect(out.toLowerCase()).toContain(shown.toLowerCase())
    }
  })
})
