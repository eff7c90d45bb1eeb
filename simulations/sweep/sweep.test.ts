import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseLayer } from '../configuration/file.js'
import { type Layer, resolve, SIMULATE_OPTIONS } from '../configuration/index.js'
import { resumeRun, startRun } from '../runs/index.js'
import type { Axis } from './axis.js'
import type { Launch } from './child.js'
import { compareFolders, compareSweep } from './compared.js'
import { carryOut, type Sweep, sweepOf } from './sweep.js'

const dir = mkdtempSync(join(tmpdir(), 'tacit-sweep-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const at = (...path: string[]) => join(dir, ...path)
const layer = (text: string): Layer => parseLayer(SIMULATE_OPTIONS, text, 'sweep.yaml')
const BASE = 'devices: 30\nrounds: 2\nworkers: 1\nmodel: popularity'
const axes = (participation: readonly number[], seeds: readonly number[]): Axis[] => [
  { option: 'participation', values: participation },
  { option: 'seed', values: seeds },
]
const sweep = (out: string, over: readonly Axis[], base = BASE) =>
  sweepOf(at(out), { layers: [layer(base)], axes: over })

/** In this process, and what it was asked for. */
function inProcess(stopIn?: string) {
  const begun: string[] = []
  const stop = new AbortController()
  const launch: Launch = async ({ dir: path, values, commandLine }) => {
    begun.push(path.slice(path.lastIndexOf('/') + 1))
    const isLast = path.endsWith(stopIn ?? '-')
    const onRound = () => isLast && stop.abort()
    const sitting = { commandLine, signal: stop.signal, onRound }
    try {
      const text = JSON.stringify(values)
      if (existsSync(join(path, 'configuration.json'))) await resumeRun(path, layer('workers: 1'), sitting)
      else await startRun(resolve(SIMULATE_OPTIONS, [layer(text)]), path, sitting)
    } catch {
      return { kind: 'interrupted', round: 1 }
    }
    return { kind: 'done', validation: null, wallMs: 0 }
  }
  const carry = (swept: Sweep) =>
    carryOut(swept, { parallel: 1, signal: stop.signal, launch, pause: async () => {} })
  return { begun, carry }
}

const states = ({ runs }: Sweep) => Object.fromEntries(runs.map(({ name, state }) => [name, state]))

describe('a sweep', () => {
  it('skips what is finished, resumes what is not, and adds what is new', async () => {
    const stopped = inProcess('participation-1_seed-2')
    expect(await stopped.carry(await sweep('grid', axes([1], [1, 2, 3])))).toEqual({
      failed: [],
      finished: 1,
    })
    const first = at('grid', 'participation-1_seed-1', 'result.json')
    const written = statSync(first).mtimeMs

    const more = axes([0.5, 1], [1, 2, 3])
    const again = await sweep('grid', more)
    expect(states(again)).toEqual({
      'participation-1_seed-1': 'finished',
      'participation-1_seed-2': 'to resume',
      'participation-1_seed-3': 'to start',
      'participation-0.5_seed-1': 'to start',
      'participation-0.5_seed-2': 'to start',
      'participation-0.5_seed-3': 'to start',
    })
    const rest = inProcess()
    expect(await rest.carry(again)).toEqual({ failed: [], finished: 6 })
    expect(rest.begun).toEqual(Object.keys(states(again)).slice(1))
    expect(statSync(first).mtimeMs).toBe(written)
    const kept = JSON.parse(readFileSync(at('grid', 'sweep.json'), 'utf8'))
    expect(kept.axes).toEqual(axes([1, 0.5], [1, 2, 3]))
    expect(existsSync(at('grid', 'lock'))).toBe(false)
    expect(Object.values(states(await sweep('grid', more)))).toEqual(Array(6).fill('finished'))
    await expect(sweep('grid', axes([0.5], [1, 2]))).rejects.toThrow(/participation has the value 1, too/)
  })

  it('is compared by what it varies', async () => {
    const { folder } = await sweep('grid', axes([0.5, 1], [1, 2, 3]))
    const { groups, varying } = compareSweep(folder, {})
    expect(varying).toEqual(['participation'])
    expect(groups.map(({ label, seeds }) => [label, seeds])).toEqual([
      ['participation=1', [1, 2, 3]],
      ['participation=0.5', [1, 2, 3]],
    ])
  })

  it('writes nothing before it is carried out', async () => {
    await sweep('planned', axes([1], [1]))
    expect(existsSync(at('planned'))).toBe(false)
  })

  it('writes the report of a finished run that was killed before it had one', async () => {
    const report = at('grid', 'participation-1_seed-1', 'report.html')
    rmSync(report, { force: true })
    await inProcess().carry(await sweep('grid', axes([0.5, 1], [1, 2, 3])))
    expect(readFileSync(report, 'utf8')).toMatch(/^<!doctype html>/)
  })

  it('leaves another run where one of its own should be alone, and reports it', async () => {
    await inProcess().carry(await sweep('other', axes([1], [1, 2])))
    await resumeRun(at('other', 'participation-1_seed-1'), layer('rounds: 3'), { commandLine: '' })
    const { failed, finished } = await inProcess().carry(await sweep('other', axes([1], [1, 2])))
    expect(failed).toEqual([
      {
        name: 'participation-1_seed-1',
        problem: 'its folder holds another run: rounds was 3 and is 2',
        code: 'TACIT_RUN_CHANGED',
      },
    ])
    expect(finished).toBe(2)
  })

  it('is not begun in the folder of a run, and not by two at a time', async () => {
    await expect(sweep('grid/participation-1_seed-1', axes([1], [1]))).rejects.toThrow(/holds a run already/)
    const swept = await sweep('grid', axes([0.5, 1], [1, 2, 3]))
    const lock = await swept.folder.lock()
    await expect(inProcess().carry(swept)).rejects.toThrow(/under way in process/)
    await lock.release()
  })

  it('checks a damaged sweep.json', async () => {
    mkdirSync(at('damaged'))
    writeFileSync(at('damaged', 'sweep.json'), '{')
    await expect(sweep('damaged', axes([1], [1]))).rejects.toThrow(/sweep.json is damaged/)
  })
})

describe('compareFolders', () => {
  it('takes runs, sweeps and folders of runs, with names that tell them apart', async () => {
    const one = at('grid', 'participation-1_seed-1')
    const { groups } = compareFolders([at('grid'), one, at('other')], {})
    const names = groups.flatMap(({ runs }) => runs)
    expect(names).toContain('grid/participation-0.5_seed-3')
    expect(names).toContain('other/participation-1_seed-1')
    rmSync(at('grid', 'sweep.json'))
    expect(compareFolders([at('grid')], {}).groups.flatMap(({ runs }) => runs)).toHaveLength(6)
  })

  it('does not care where data are, nor for what is technical, but for what is in them', async () => {
    const rows = Array.from({ length: 60 }, (_, e) => `u${e % 12},i${(e * e + e) % 17},${e}`)
    const write = async (name: string, text: string, more: string) => {
      const data = at(name)
      writeFileSync(data, text)
      const resolved = resolve(SIMULATE_OPTIONS, [
        layer(`${BASE}\n${more}`.replace('devices: 30', `data: ${data}`)),
      ])
      await startRun(resolved, at(`of-${name}`), { commandLine: '' })
    }
    const text = `user,item,time\n${rows.join('\n')}\n`
    await write('a.csv', text, 'seed: 1')
    await write('b.csv', text, 'seed: 2\ncheckpointEvery: 9')
    await write('c.csv', `${text}u1,i16,99\n`, 'seed: 3')
    const { groups, varying } = compareFolders(
      ['a', 'b', 'c'].map((name) => at(`of-${name}.csv`)),
      {},
    )
    expect(varying).toEqual(['data'])
    expect(groups.map(({ label, seeds }) => [label, seeds])).toEqual([
      ['data=a.csv', [1, 2]],
      ['data=c.csv', [3]],
    ])
  })

  it('shows the metrics that are asked for', () => {
    const shown = (...metrics: string[]) =>
      compareFolders([at('other')], { metrics })
        .measures.filter(({ main, unit }) => main && unit === 'metric')
        .map(({ key }) => key)
    expect(shown('hr@20')).toEqual(['sampled.hr@20', 'full.hr@20'])
    expect(shown('full.coverage@10')).toEqual(['full.coverage@10'])
    expect(() => shown('hr@30')).toThrow(/no run has hr@30; there are: sampled.hr@10/)
  })

  it('refuses a folder without runs', () => {
    for (const name of ['nowhere', 'other/participation-1_seed-1/model']) {
      expect(() => compareFolders([at(name)], {})).toThrow(/no run directly below/)
    }
  })
})
