import { describe, expect, it } from 'vitest'
import type { Launch } from './child.js'
import type { Ended } from './job.js'
import { type Carrying, type NamedJob, runAll } from './run-all.js'

const DONE: Ended = { kind: 'done', validation: 0.5, wallMs: 1 }
const failed = (code: string | null): Ended => ({ kind: 'failed', problem: 'no luck', code })
const jobs = (...names: string[]): NamedJob[] =>
  names.map((name) => ({ name, job: { dir: name, values: {}, commandLine: name } }))

/** Runs that end when they are told to. */
class Runs {
  readonly ends = new Map<string, (ended: Ended) => void>()
  readonly begun: string[] = []
  readonly stop = new AbortController()
  pauses = 0

  readonly #launch: Launch = ({ dir }, signal) => {
    this.begun.push(dir)
    return new Promise((settle) => {
      this.ends.set(dir, settle)
      signal.addEventListener('abort', () => settle({ kind: 'interrupted', round: 3 }))
    })
  }

  readonly carrying: Carrying = {
    parallel: 2,
    signal: this.stop.signal,
    launch: this.#launch,
    pause: async () => {
      this.pauses++
    },
  }

  async end(name: string, ended = DONE): Promise<void> {
    this.ends.get(name)!(ended)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('runAll', () => {
  it('has so many under way, and begins the next when one ends', async () => {
    const runs = new Runs()
    const all = runAll(jobs('a', 'b', 'c', 'd'), runs.carrying)
    expect(runs.begun).toEqual(['a', 'b'])
    await runs.end('b')
    expect(runs.begun).toEqual(['a', 'b', 'c'])
    for (const name of ['c', 'a', 'd']) await runs.end(name)
    expect([...(await all).values()]).toEqual([DONE, DONE, DONE, DONE])
  })

  it('goes on after a failure', async () => {
    const runs = new Runs()
    const all = runAll(jobs('a', 'b'), { ...runs.carrying, parallel: 1 })
    await runs.end('a', failed(null))
    await runs.end('b')
    expect([...(await all)]).toEqual([
      ['a', failed(null)],
      ['b', DONE],
    ])
  })

  it('stops what is under way, and begins nothing more', async () => {
    const runs = new Runs()
    const all = runAll(jobs('a', 'b', 'c'), runs.carrying)
    runs.stop.abort()
    expect([...(await all)]).toEqual([
      ['a', { kind: 'interrupted', round: 3 }],
      ['b', { kind: 'interrupted', round: 3 }],
    ])
    expect(runs.begun).toEqual(['a', 'b'])
  })

  it('waits for a run that another process holds, but not for ever', async () => {
    const held = failed('TACIT_RUN_IN_USE')
    let left = 3
    const runs = new Runs()
    const twice: Launch = async () => (left-- > 0 ? held : DONE)
    expect((await runAll(jobs('a'), { ...runs.carrying, launch: twice })).get('a')).toBe(DONE)
    expect(runs.pauses).toBe(3)
    const ever: Launch = async () => held
    expect((await runAll(jobs('a'), { ...runs.carrying, launch: ever })).get('a')).toBe(held)
  })

  it('tells how it goes', async () => {
    const runs = new Runs()
    const told: unknown[] = []
    const launch: Launch = async (_job, _signal, onRound) => {
      onRound({ kind: 'round', round: 1, rounds: 2 })
      return DONE
    }
    await runAll(jobs('a'), {
      ...runs.carrying,
      launch,
      onStart: (name) => told.push(name),
      onRound: (name, { round }) => told.push([name, round]),
      onEnd: (name, { kind }) => told.push([name, kind]),
    })
    expect(told).toEqual(['a', ['a', 1], ['a', 'done']])
  })
})
