import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { main } from './main.js'

describe('tacit secagg parameters', () => {
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

  const parameters = (...flags: string[]) => main(['node', 'tacit', 'secagg', 'parameters', ...flags])

  it.each([
    ['--devices 1000 --adversarial 0.1 --dropout 0.1 --coordinator equivocating', 96, 67],
    ['--devices 1000 --adversarial .1 --dropout .1 --coordinator curious', 48, 27],
    ['--devices 1000 --losses binomial', 106, 73],
    ['--devices 10 --adversarial 0.33', 6, 5],
  ])('%s --json prints one object with four numbers', async (flags, neighbours, threshold) => {
    expect(await parameters(...flags.split(' '), '--json')).toBe(0)
    const found = JSON.parse(out)
    expect(Object.keys(found)).toEqual(['neighbours', 'threshold', 'privacyBits', 'correctnessBits'])
    expect(found).toMatchObject({ neighbours, threshold })
    expect(found.privacyBits).toBeGreaterThan(40)
    expect(found.correctnessBits).toBeGreaterThan(20)
    expect(err).toBe('')
  })

  it('prints text otherwise, with the defaults .1, .1, equivocating, fixed', async () => {
    expect(await parameters('--devices', '1000')).toBe(0)
    expect(out).toBe('neighbours  96\nthreshold   67\nprivacy     43.1 bits\ncorrectness 20.6 bits\n')
  })

  it('says so when nothing suffices', async () => {
    const flags = ['--devices', '10', '--dropout', '0.3', '--losses', 'binomial', '--json']
    expect(await parameters(...flags)).toBe(2)
    expect(err).toMatch(/10 devices: equivocating.*share 0\.1, binomial loss of 0\.3/)
    expect(err).toMatch(/TACIT_SECAGG_NO_PARAMETERS.*curious/)
    expect(out).toBe('')
  })

  it.each([
    [[], /--devices.*not specified/],
    [['--devices', '1'], /--devices.*\[2/],
    [['--devices', '10.5'], /whole number/],
    [['--devices', '1e9'], /100000/],
    [['--devices', '100', '--devices', '100'], /given twice/],
    [['--devices', '100', '--adversarial', '1'], /--adversarial/],
    [['--devices', '100', '--adversarial', '-0.1'], /--adversarial/],
    [['--devices', '100', '--dropout', 'some'], /--dropout.*not a number/],
    [['--devices', '100', '--coordinator', 'honest'], /curious, equivocating/],
    [['--devices', '100', '--losses', 'none'], /fixed, binomial/],
    [['--devices', '100', '--what'], /--what/],
    [['--devices', '100', 'more'], /argument/],
  ])('%j ends with 2 and one clear line', async (flags, message) => {
    expect(await parameters(...flags)).toBe(2)
    expect(err).toMatch(message)
    expect(err).toMatch(/^tacit: [^\n]*\n$/)
    expect(out).toBe('')
  })

  it('--help shows examples', async () => {
    expect(await parameters('--help')).toBe(0)
    for (const shown of ['Examples:', 'Exit codes', '--losses binomial', '2^-40', 'equivocating)'])
      expect(out).toContain(shown)
  })
})
