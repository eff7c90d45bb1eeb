import { describe, expect, it } from 'vitest'
import { SweepProgress } from './sweep-progress.js'

const round = { kind: 'round', round: 3, rounds: 9 } as const
const done = { kind: 'done', validation: 0.5, wallMs: 1234 } as const

function shown(isTTY: boolean, columns = 80): string[] {
  const written: string[] = []
  const progress = new SweepProgress({ isTTY, columns, write: (text) => written.push(text) }, 4, 1)
  progress.started('a')
  progress.started('b')
  progress.round('a', round)
  progress.ended('a', done)
  progress.ended('c', { kind: 'interrupted', round: 3 })
  progress.ended('b', { kind: 'failed', problem: 'no luck\n at all', code: null })
  return written
}

describe('SweepProgress', () => {
  it('has a line for each run that ended, by validation, and nothing else in a log', () => {
    expect(shown(false)).toEqual([
      '[2/4] a  validation HR@10 0.5000  1.2 s\n',
      '[2/4] c  stopped after round 3\n',
      '[3/4] b  FAILED: no luck\n',
    ])
  })

  it('redraws one line for those under way on a terminal, no wider than it', () => {
    const clear = '\r\u001b[2K'
    expect(shown(true)).toEqual([
      `${clear}1 of 4 done; a begins`,
      `${clear}1 of 4 done; a begins, b begins`,
      `${clear}1 of 4 done; a 3/9, b begins`,
      `${clear}[2/4] a  validation HR@10 0.5000  1.2 s\n`,
      `${clear}2 of 4 done; b begins`,
      `${clear}[2/4] c  stopped after round 3\n`,
      `${clear}2 of 4 done; b begins`,
      `${clear}[3/4] b  FAILED: no luck\n`,
    ])
    expect(shown(true, 11)[2]).toBe(`${clear}1 of 4 don`)
  })
})
