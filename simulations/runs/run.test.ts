import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeModel } from '@tacit/shared/model'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseLayer } from '../configuration/file.js'
import { resolve, SIMULATE_OPTIONS } from '../configuration/index.js'
import type { SimulationResult } from '../runner/index.js'
import { readManifest } from './model-files.js'
import { readRun } from './read-run.js'
import { resumeRun, type Sitting, startRun } from './run.js'

const ROUNDS = 6
const layer = (text: string) => parseLayer(SIMULATE_OPTIONS, text, 'test.yaml')
const SITTING: Sitting = { commandLine: 'tacit simulate' }

describe('a run', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-run-'))
  const data = join(dir, 'shop.csv')
  const at = (...path: string[]) => join(dir, ...path)
  const options = (rounds = ROUNDS, checkpointEvery = 0) => {
    const text = `data: ${data}\nrounds: ${rounds}\nworkers: 1\nparticipation: 0.5`
    return resolve(SIMULATE_OPTIONS, [
      layer(`${text}\ncheckpointEvery: ${checkpointEvery}\nsettings: {factors: 3}\n`),
    ])
  }
  /** Stops after a round, as Ctrl-C does. */
  const stopAfter = (last: number): Sitting => {
    const stop = new AbortController()
    const onRound = ({ round }: { round: number }) => {
      if (round === last) stop.abort()
    }
    return { ...SITTING, onRound, signal: stop.signal }
  }
  const interrupted = async (out: string, after: number) => {
    await expect(startRun(options(), at(out), stopAfter(after))).rejects.toThrow(/after round/)
  }
  const resume = (out: string, changes = '') => resumeRun(at(out), layer(changes), SITTING)
  const edit = (path: string, from: string | RegExp, to: string) => {
    const before = readFileSync(path, 'utf8')
    const after = before.replace(from, to)
    expect(after).not.toBe(before)
    writeFileSync(path, after)
  }
  const lasting = ({ wallMs, evaluationMs, clientUpdatesPerSecond, workers, ...rest }: SimulationResult) =>
    rest
  let whole: SimulationResult

  beforeAll(async () => {
    const lines = Array.from({ length: 240 }, (_, e) => `u${e % 24},i${(e * e + 3 * e) % 31},${e}`)
    writeFileSync(data, `user,item,time\n${lines.join('\n')}\n`)
    whole = await startRun(options(), at('whole'), SITTING)
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it('leaves a folder that says all of it', () => {
    const run = readRun(at('whole'))
    expect(run.name).toBe('whole')
    expect(run.rounds.map(({ round }) => round)).toEqual([1, 2, 3, 4, 5, 6])
    expect(run.result).toEqual(JSON.parse(JSON.stringify(whole)))
    expect(run.configuration).toMatchObject({ data, rounds: ROUNDS, participation: 0.5, dropout: 0 })
    expect(run.configuration.settings).toMatchObject({ factors: 3, nu: 0.8 })
    expect(Object.entries(run.configuration.files as object)).toEqual([
      ['data/shop.csv', expect.stringMatching(/^[0-9a-f]{64}$/)],
    ])
    expect(run.environment).toMatchObject({
      command: 'tacit simulate',
      seed: '1',
      node: process.versions.node,
      'package-lock.json': expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(existsSync(at('whole', 'lock'))).toBe(false)
  })

  it('leaves its models, which fit their hashes', () => {
    const models = at('whole', 'model')
    const part = (hash: string): [string, Uint8Array] => [hash, readFileSync(join(models, 'parts', hash))]
    for (const name of ['best', 'last'] as const) {
      const manifest = readManifest(models, name)!
      const parts = new Map(manifest.parts.map(({ hash }) => part(hash)))
      const shapes = Object.values(decodeModel(manifest, parts)).map(({ shape }) => shape)
      expect(shapes).toContainEqual([whole.data.items, 3])
      expect(manifest.round).toBe(name === 'best' ? whole.metrics.bestRound : ROUNDS)
    }
    expect(readManifest(models, 'last')!.hash).toBe(whole.modelHash)
  })

  it('is written nowhere without a folder', async () => {
    const before = readdirSync(dir)
    expect(lasting(await startRun(options(), undefined, SITTING))).toEqual(lasting(whole))
    expect(readdirSync(dir)).toEqual(before)
  })

  it('is not begun where one is', async () => {
    await expect(startRun(options(), at('whole'), SITTING)).rejects.toThrow(/holds a run already/)
    await expect(resume('nowhere')).rejects.toThrow(/holds no run/)
    expect(existsSync(at('nowhere'))).toBe(false)
  })

  it('goes on where it was stopped, with other threads', async () => {
    await interrupted('stopped', 2)
    expect(readRun(at('stopped'))).toMatchObject({ result: null, rounds: [{ round: 1 }, { round: 2 }] })
    expect(readManifest(at('stopped', 'model'), 'last')!.round).toBe(2)
    const { result, wasFinished } = await resume('stopped', 'workers: 2')
    expect(wasFinished).toBe(false)
    expect(result.workers).toBe(2)
    expect(lasting(result)).toEqual(lasting(whole))
    expect(readRun(at('stopped')).environment.resumed).toMatch(/after round 2$/)
    expect(await resume('stopped')).toMatchObject({
      result: { modelHash: whole.modelHash },
      wasFinished: true,
    })
  })

  it('is made longer, as if it had been from the start', async () => {
    // A checkpoint at the end there is, however rare they are.
    await startRun(options(ROUNDS, 1000), at('longer'), SITTING)
    const long = await resume('longer', `rounds: ${ROUNDS + 3}`)
    const never = await startRun(options(ROUNDS + 3), undefined, SITTING)
    expect(lasting(long.result)).toEqual(lasting(never))
    expect(readRun(at('longer')).environment.resumed).toMatch(`after round ${ROUNDS}`)
    await expect(resume('longer', 'rounds: 2')).rejects.toThrow(/9 are done already/)
  })

  /** Of the same run in other rounds, by every option of its privacy. */
  const privately = async (out: string, ...how: readonly string[]) => {
    const text = ['model: popularity', 'rounds: 2', 'workers: 1', 'dp: distributed', ...how].join('\n')
    return await startRun(resolve(SIMULATE_OPTIONS, [layer(`data: ${data}\n${text}\n`)]), at(out), SITTING)
  }

  it('is not made longer or shorter where its noise was chosen for its rounds', async () => {
    await privately('calibrated', 'epsilon: 8')
    const refused = (rounds: string) =>
      expect.objectContaining({
        code: 'TACIT_RUN_CHANGED',
        message: expect.stringMatching(
          `noise was chosen for epsilon 8 in 2 rounds, not ${rounds}; .*--noise`,
        ),
      })
    await expect(resume('calibrated', 'rounds: 4')).rejects.toThrow(refused('4'))
    expect(readRun(at('calibrated')).rounds).toHaveLength(2)
    expect((await resume('calibrated')).wasFinished).toBe(true)
    edit(at('calibrated', 'configuration.json'), '"rounds": 2', '"rounds": 4')
    await expect(resume('calibrated')).rejects.toThrow(/rounds was 2 and is 4/)
  })

  it('is made longer with the noise that was said, and spends more in every round', async () => {
    await privately('noisy', 'noise: 2')
    const { result } = await resume('noisy', 'rounds: 4')
    const spent = readRun(at('noisy')).rounds.map(({ privacy }) => privacy!.epsilon)
    expect(spent).toHaveLength(4)
    expect(spent).toEqual([...new Set(spent)].sort((a, b) => a - b))
    expect(result.privacy).toMatchObject({ noiseMultiplier: 2, rounds: 4, epsilon: spent[3] })
  })

  it('goes on from the checkpoint before where the newest is damaged, and from the start without any', async () => {
    await interrupted('torn', 4)
    const [newest] = readdirSync(at('torn', 'checkpoint')).sort().reverse()
    rmSync(at('torn', 'checkpoint', newest!.replace('.json', '.bin')))
    expect(lasting((await resume('torn')).result)).toEqual(lasting(whole))
    expect(readRun(at('torn')).environment.resumed).toMatch(/after round 3$/)

    await interrupted('fresh', 2)
    rmSync(at('fresh', 'checkpoint'), { recursive: true })
    expect(lasting((await resume('fresh')).result)).toEqual(lasting(whole))
    expect(readRun(at('fresh')).rounds).toHaveLength(ROUNDS)
  })

  it('forgets checkpoints that it passed over, so that two good ones are left', async () => {
    await expect(startRun(options(ROUNDS, 1000), at('gap'), stopAfter(5))).rejects.toThrow(/after round 5/)
    const checkpoints = () => readdirSync(at('gap', 'checkpoint')).filter((name) => name.endsWith('.json'))
    expect(checkpoints()).toEqual(['0000001.json', '0000005.json'])
    writeFileSync(at('gap', 'checkpoint', '0000005.bin'), '')
    await expect(resumeRun(at('gap'), layer(''), stopAfter(3))).rejects.toThrow(/after round 3/)
    expect(checkpoints()).toEqual(['0000002.json', '0000003.json'])
  })

  it('does not go on from metrics that were changed', async () => {
    await interrupted('changed', 2)
    edit(at('changed', 'metrics.jsonl'), '"round":1', '"round":9')
    await expect(resume('changed')).rejects.toThrow(/round 2: metrics.jsonl was changed/)
  })

  it.each([
    [
      'configuration.json',
      '"participation": 0.5',
      '"participation": 0.6',
      /participation was 0.5 and is 0.6/,
    ],
    ['configuration.json', '"factors": 3', '"factors": 4', /settings.factors was 3 and is 4/],
    ['configuration.json', '"seed": 1', '"colour": 1', /configuration.json:\d+ colour: there is no such/],
    ['environment.json', /"tacit": "[^"]+"/, '"tacit": "0.0.1"', /version 0.0.1 of Tacit/],
  ])('would be another one with another %s: %s', async (file, from, to, problem) => {
    const out = `other-${String(to).replace(/\W/g, '')}`
    await interrupted(out, 2)
    edit(at(out, file), from, to)
    await expect(resume(out)).rejects.toThrow(problem)
  })

  it('would be another one with other data', async () => {
    await interrupted('data', 2)
    const moved = at('elsewhere.csv')
    writeFileSync(moved, readFileSync(data))
    await expect(resume('data', `data: ${moved}`)).rejects.toThrow(
      /data: the file shop.csv is no longer there/,
    )
    const text = readFileSync(data, 'utf8')
    writeFileSync(data, text.replace('u1,', 'u2,'))
    await expect(resume('data')).rejects.toThrow(/data: the file shop.csv has changed/)
    writeFileSync(data, text)
    expect(lasting((await resume('data')).result)).toEqual(lasting(whole))
  })
})
