import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { main } from './main.js'

describe('tacit privacy', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-privacy-'))
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

  const privacy = (flags: string) => main(['node', 'tacit', 'privacy', ...flags.split(' ').filter(Boolean)])

  it.each([
    ['--noise 1.5 --sampling 0.04 --rounds 2250 --delta 1e-5 --accountant rdp', 7.32911117143, 9],
    ['--noise 1.5 --sampling 0.05 --rounds 100 --accountant pld', 1.94373635, 6],
    ['--noise 1 --delta 1e-5', 4.377178095681, 9],
    ['--noise 1 --rounds 0', 0, 9],
  ])('epsilon %s --json', async (flags, expected, places) => {
    expect(await privacy(`epsilon ${flags} --json`)).toBe(0)
    const found = JSON.parse(out)
    expect(found.epsilon).toBeCloseTo(expected, places)
    expect(found.accountant).toBe(flags.includes('rdp') ? 'rdp' : 'pld')
    expect(found.order).toBe(flags.includes('rdp') ? 3.9 : undefined)
    expect(err).toBe('')
  })

  it('noise and rounds find what epsilon allows', async () => {
    expect(await privacy('noise --epsilon 1 --delta 1e-5 --json')).toBe(0)
    expect(JSON.parse(out).noise).toBeCloseTo(3.73063163, 8)
    out = ''
    expect(
      await privacy(
        'rounds --epsilon 7.3292 --noise 1.5 --sampling .04 --delta 1e-5 --accountant rdp --json',
      ),
    ).toBe(0)
    expect(JSON.parse(out)).toEqual({
      rounds: 2250,
      epsilon: 7.3292,
      delta: 1e-5,
      accountant: 'rdp',
      mechanism: 'gaussian',
    })
  })

  it('prints one line otherwise, rounded up, with pld, delta 1e-6 and without sampling', async () => {
    expect(await privacy('epsilon --noise 1')).toBe(0)
    expect(out).toBe('epsilon 4.8866 at delta 0.000001 (Gaussian, pld)\n')
    out = ''
    expect(await privacy('noise --epsilon 1 --delta 1e-5')).toBe(0)
    expect(out).toBe('noise multiplier 3.7307 (Gaussian, pld)\n')
    out = ''
    expect(await privacy('rounds --epsilon 4.89 --noise 7')).toBe(0)
    expect(out).toBe('49 rounds (Gaussian, pld)\n')
    out = ''
    // What ends the search is not the answer.
    expect(await privacy('rounds --epsilon 8 --noise 100000')).toBe(0)
    expect(out).toBe('at least 1073741824 rounds (Gaussian, pld)\n')
  })

  it('plot writes one SVG document with a curve for each accountant', async () => {
    expect(await privacy('plot --noise 2 --rounds 30')).toBe(0)
    expect(out).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="[^"]*" role="img"><style>/)
    expect(out).toMatch(/<\/svg>\n$/)
    expect(out.match(/class="line" d="M[^"]*L/g)).toHaveLength(2)
    for (const shown of ['>rdp<', '>pld<', '>Epsilon<', 'noise multiplier 2, sampling 1, delta 0.000001'])
      expect(out).toContain(shown)
    // From the first round on.
    const last = [...out.matchAll(/strong" [^>]*>pld ([\d.]+)</g)].at(-1)?.[1]
    out = ''
    expect(await privacy('epsilon --noise 2 --rounds 30 --json')).toBe(0)
    expect(Number(last)).toBeCloseTo(JSON.parse(out).epsilon, 2)

    out = ''
    const file = join(dir, 'epsilon.svg')
    expect(await privacy(`plot --noise 2 --rounds 900 --accountant rdp --output ${file}`)).toBe(0)
    expect(out).toBe('')
    const drawing = readFileSync(file, 'utf8')
    expect(drawing).toMatch(/^<svg /)
    expect(drawing).not.toContain('>pld<')
    for (const shown of [') 1<', ') 900<']) expect(drawing).toContain(shown)
    const deep = join(dir, 'made', 'for', 'it.svg')
    expect(await privacy(`plot --noise 2 --rounds 5 --accountant rdp --output ${deep}`)).toBe(0)
    expect(readFileSync(deep, 'utf8')).toMatch(/^<svg /)
    expect(await privacy(`plot --noise 2 --rounds 5 --output ${join(file, 'x.svg')}`)).toBe(2)
    expect(err).toMatch(/--output: .*TACIT_FLAG_INVALID/)
  })

  /** What a run says it spent, and what anybody may reckon from its noise. */
  const simulated = async (name: string, flags: string) => {
    const run = join(dir, name)
    const common = `simulate --devices 60 --model popularity --rounds 2 --workers 1 --out ${run} ${flags}`
    expect(await main(['node', 'tacit', ...common.split(' ')])).toBe(0)
    out = ''
    expect(await privacy(`epsilon --run ${run} --json`)).toBe(0)
    const found = JSON.parse(out)
    out = ''
    return { found, said: JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')).privacy }
  }

  it.each([
    ['all', '--dp distributed --noise 1'],
    ['coins', '--dp distributed --noise 1 --participation 0.5'],
    ['capped', '--dp distributed --noise 2 --participation 0.5 --participations 1'],
    ['local', '--dp local --noise 3'],
    ['summands', '--dp distributed --noise 1 --mechanism discrete-gaussian'],
    ['central', '--dp central --noise 2 --participation 0.5 --cohorts drawn'],
    ['tighter', '--dp distributed --noise 1 --mechanism discrete-gaussian --accountant pld'],
  ])('reckons a run anew, and comes to what it says: %s', async (name, flags) => {
    const { found, said } = await simulated(name, flags)
    expect(found.epsilon).toBeCloseTo(said.epsilon, 9)
    if (said.epsilonAgainstCoordinator === null) expect(found.epsilonAgainstCoordinator).toBeNull()
    else expect(found.epsilonAgainstCoordinator).toBeCloseTo(said.epsilonAgainstCoordinator, 9)
    // Flags can say the same, but for noise that more make than one group.
    if (name === 'coins' || name === 'capped' || name === 'local') expect(found.command).toBeNull()
    else {
      expect(await privacy(`${found.command.replace('tacit privacy ', '')} --json`)).toBe(0)
      expect(JSON.parse(out).epsilon).toBeCloseTo(said.epsilon, 9)
    }
  })

  it('knows noise of whole numbers, which costs a little more', async () => {
    const epsilonOf = async (flags: string) => {
      out = ''
      expect(await privacy(`epsilon --noise 1 --rounds 2 ${flags} --json`)).toBe(0)
      return JSON.parse(out).epsilon as number
    }
    const gaussian = await epsilonOf('--accountant rdp')
    const skellam = await epsilonOf('--mechanism skellam --dimension 2003')
    const coarse = await epsilonOf('--mechanism skellam --dimension 2003 --bits 8')
    expect(skellam).toBeGreaterThan(gaussian)
    expect(skellam).toBeLessThan(1.02 * gaussian)
    expect(coarse).toBeGreaterThan(skellam)
    out = ''
    expect(await privacy('noise --epsilon 0.1 --rounds 15 --mechanism skellam --dimension 2003 --json')).toBe(
      0,
    )
    const { noise } = JSON.parse(out)
    out = ''
    expect(
      await privacy(`rounds --epsilon 0.1 --noise ${noise} --mechanism skellam --dimension 2003 --json`),
    ).toBe(0)
    expect(JSON.parse(out).rounds).toBe(15)
  })

  it.each([
    ['discrete-gaussian', '--dimension 2003'],
    ['discrete-gaussian', '--dimension 2003 --group 400'],
    ['skellam', '--dimension 1 --bits 4'],
  ])(
    'knows %s noise %s by pld too, which is tighter',
    async (mechanism, flags) => {
      const found = async (command: string) => {
        out = ''
        expect(await privacy(`${command} --mechanism ${mechanism} ${flags} --json`)).toBe(0)
        return JSON.parse(out)
      }
      const { epsilon } = await found('epsilon --noise 3 --rounds 5 --accountant pld')
      expect(epsilon).toBeLessThan((await found('epsilon --noise 3 --rounds 5 --accountant rdp')).epsilon)
      expect((await found('epsilon --noise 3 --rounds 5')).accountant).toBe('rdp')
      const { rounds } = await found(`rounds --noise 3 --epsilon ${epsilon} --accountant pld`)
      expect(rounds).toBe(5)
      const { noise } = await found(`noise --rounds 5 --epsilon ${epsilon} --accountant pld`)
      expect(noise / 3).toBeCloseTo(1, 3)
      out = ''
      expect(
        await privacy(`plot --noise 3 --rounds 2 --accountant rdp,pld --mechanism ${mechanism} ${flags}`),
      ).toBe(0)
      expect(out.match(/class="line" d="M[^"]*L/g)).toHaveLength(2)
    },
    60_000,
  )

  it.each([
    ['epsilon', /--noise.*not specified/],
    ['epsilon --noise 0', /--noise.*\[0.01/],
    ['epsilon --noise 1 --delta 0', /--delta.*\(0/],
    ['epsilon --noise 1 --delta 1', /--delta/],
    ['epsilon --noise 1 --sampling 0', /--sampling.*\(0, 1\]/],
    ['epsilon --noise 1 --sampling 1.1', /--sampling/],
    ['epsilon --noise 1 --rounds -1', /--rounds/],
    ['epsilon --noise 1 --rounds 1.5', /whole number/],
    ['epsilon --noise 1 --accountant prv', /rdp, pld/],
    ['epsilon --noise 1 --noise 2', /given twice/],
    ['noise', /--epsilon.*not specified/],
    ['noise --epsilon -1', /--epsilon/],
    ['noise --epsilon 1 --rounds 0', /--rounds/],
    ['noise --epsilon 0.01 --accountant rdp', /no noise reaches epsilon 0.01.*pld.*TACIT_PRIVACY_INVALID/],
    ['rounds --epsilon 1', /--noise.*not specified/],
    ['rounds --epsilon 1 --noise 1 --rounds 3', /--rounds/],
    ['plot --noise 1', /--rounds.*not specified/],
    ['plot --noise 1 --rounds 9 --accountant rdp,gdp', /list of: rdp, pld/],
    ['plot --noise 1 --rounds 9 --accountant gdp', /list of: rdp, pld/],
    ['spend', /spend.*TACIT_FLAG_INVALID/],
    ['epsilon --nois 1', /--nois: unknown option.*TACIT_FLAG_INVALID/],
    ['epsilon --noise 1 --mechanism skellam', /--dimension: .*--run DIR/],
    ['epsilon --noise 1 --dimension 5', /--dimension: it is for --mechanism skellam/],
    [
      'epsilon --noise 1 --mechanism skellam --dimension 5 --accountant pld',
      /not of a vector; use rdp.*TACIT_PRIVACY_INVALID/,
    ],
    [
      'epsilon --noise 0.05 --mechanism discrete-gaussian --dimension 5 --bits 2 --accountant pld --group 9',
      /no bound for noise of so few steps.*--bits/,
    ],
    ['epsilon --run x --noise 1', /--noise: a run says itself/],
  ])('%s ends with 2 and one clear line', async (flags, message) => {
    expect(await privacy(flags)).toBe(2)
    expect(err).toMatch(message)
    expect(err).toMatch(/^tacit: [^\n]*\n$/)
    expect(out).toBe('')
  })

  it.each(['--help', 'epsilon --help', 'plot --help'])('%s shows examples', async (flags) => {
    expect(await privacy(flags)).toBe(0)
    for (const shown of ['Examples:', 'Exit codes', 'Accountants', 'tacit privacy noise --epsilon 4'])
      expect(out).toContain(shown)
  })
})
