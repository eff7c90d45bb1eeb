import { expect, it } from 'vitest'
import { syntheticRun } from '../report/testing/synthetic-run.js'
import { privacyLines } from './privacy-lines.js'
import { ProgressDisplay } from './progress.js'

it('both epsilons stand on one line, rounded up, and what they rest on below it', () => {
  const lines = privacyLines(syntheticRun({ epsilon: 3.99901 }).result!.privacy).split('\n')
  expect(lines).toEqual([
    '  privacy      epsilon 4 against those who see releases, 15.997 against the coordinator',
    '               delta 0.000001, by device, rdp; 15 rounds, coins of 10 %, 15 of one device at most',
    '  noise        distributed, skellam, multiplier 1.25, variance 1.4 x what is counted on',
    '  clip         1.04, about 75 % of the devices clipped (an estimate under noise)',
    '',
  ])
})

it('a coordinator that is trusted has no epsilon, and a run without noise says so', () => {
  const { privacy } = syntheticRun({ epsilon: 4 }).result!
  const trusted = privacyLines({ ...privacy!, epsilonAgainstCoordinator: null, sampling: 1 })
  expect(trusted).toContain('no bound against the coordinator (it is trusted)')
  expect(trusted).toContain('no sampling counted')
  expect(privacyLines(null)).toBe('  privacy      no noise, no epsilon\n')
})

it('progress shows what is spent after each round, and nothing where nothing is', () => {
  let text = ''
  const display = new ProgressDisplay({ write: (line) => (text += line) }, () => 0)
  display.show(syntheticRun({ epsilon: 3, rounds: 3 }).rounds[1]!, 3)
  expect(text).toMatch(/^round 2\/3 {2}validation HR@10 0\.\d{4} {2}epsilon 2 {2}\d+ devices/)
  text = ''
  display.show(syntheticRun({ rounds: 3 }).rounds[2]!, 3)
  expect(text).not.toContain('epsilon')
})
