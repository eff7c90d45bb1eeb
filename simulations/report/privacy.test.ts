import { describe, expect, it } from 'vitest'
import { renderReport } from './report.js'
import type { RunData } from './run-data.js'
import { syntheticRun } from './testing/synthetic-run.js'

/** The section on privacy alone. */
function section(run: RunData): string {
  return renderReport(run).match(/<h2>Privacy <\/h2>([\s\S]*?)<\/section>/)![1]!
}

describe('the section on privacy', () => {
  const run = syntheticRun({ epsilon: 3.9994 })
  const text = section(run)
  const row = (name: string) => new RegExp(`<th scope="row">${name}</th><td>(.*?)</td>`).exec(text)?.[1]

  it('says both epsilons, each with its delta, and rounds them up', () => {
    expect(row('Epsilon against those who see releases')).toBe('<b>4</b> at delta 0.000001')
    expect(row('Epsilon against the coordinator')).toBe('<b>15.998</b> at delta 0.000001')
    const low = section(syntheticRun({ epsilon: 1.00001 }))
    expect(low).toContain('<b>1.001</b> at delta')
  })

  it('says what protects whom, and by how much', () => {
    expect(row('What is protected')).toBe('one device, in all its rounds: it was there, or it was not')
    expect(row('Who adds noise')).toMatch(/^distributed: devices/)
    expect(row('Clipped share, estimated under noise')).toBe('75 %')
    expect(row('Sampling')).toMatch(/^10 % .*only against those who see releases/)
    expect(row('Variance of the noise over what is counted on')).toBe('1.4')
    expect(row('Smallest group, whose noise has to do')).toBe('60')
  })

  it('draws accuracy over the epsilon that was spent by then', () => {
    const rows = text.match(/<caption>Accuracy against epsilon<\/caption>([\s\S]*?)<\/table>/)![1]!
    const last = run.rounds.at(-1)!
    const [validation, test] = [last.validation!, last.test!].map((one) => one['hr@10'].toFixed(4))
    expect(rows).toContain(`<tr><th scope="row">4</th><td>${validation}</td><td>${test}</td></tr>`)
    expect(rows.match(/<tr><th scope="row">/g)).toHaveLength(run.rounds.length)
  })

  it('draws the clip only where it moved', () => {
    expect(text).toContain('<title>Clip</title>')
    const rounds = run.rounds.map((round) => ({ ...round, privacy: { ...round.privacy!, clip: 1 } }))
    expect(section({ ...run, rounds })).not.toContain('<title>Clip</title>')
  })

  it('says that a coordinator which adds the noise is not protected from, and draws no line of it', () => {
    const central = { mode: 'central', epsilonAgainstCoordinator: null, smallestGroup: null } as const
    const rounds = run.rounds.map((round) => ({
      ...round,
      privacy: { ...round.privacy!, epsilonAgainstCoordinator: null },
    }))
    const result = { ...run.result!, privacy: { ...run.result!.privacy!, ...central } }
    const shown = section({ ...run, rounds, result })
    expect(shown).toContain(
      'Epsilon against the coordinator</th><td>no bound: this run does not protect from it',
    )
    expect(shown).not.toContain('<th scope="col">Against the coordinator</th>')
    expect(shown).not.toContain('Smallest group')
  })

  it('shows what an unfinished run has spent, and never calls it unprotected', () => {
    const half = section({ ...run, result: null, rounds: run.rounds.slice(0, 5) })
    expect(half).toContain('<b>1.334</b> at delta 0.000001')
    const none = section({ ...run, result: null, rounds: [] })
    expect(none).toContain('no round was released yet')
    expect(none).not.toContain('no differential privacy mechanism')
  })

  it('bears whatever an earlier version wrote', () => {
    const result = { ...run.result!, privacy: { epsilon: 'many' } }
    const shown = section({ ...run, result } as unknown as RunData)
    expect(shown).not.toMatch(/NaN|undefined|Infinity/)
    expect(shown).toContain('Rounds charged</th><td>–')
  })
})
