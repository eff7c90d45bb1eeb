import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { main } from './main.js'
import { factsCommand } from './privacy-facts.js'

describe('tacit privacy facts', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-facts-'))
  afterEach(() => {
    vi.restoreAllMocks()
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  const printed = async (...args: string[]): Promise<string> => {
    let out = ''
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += String(text)
      return true
    })
    await factsCommand()
      .exitOverride()
      .parseAsync(['node', 'facts', ...args])
    return out
  }

  const flags = ['--devices', '60', '--model', 'popularity', '--rounds', '2', '--participation', '0.5']
  const dp = ['--dp', 'distributed', '--epsilon', '4']

  it('says of a task what its rounds would spend', async () => {
    const found = JSON.parse(await printed(...flags, ...dp, '--json'))
    expect(found).toMatchObject({ schema: 1, of: { kind: 'task', devices: 60 }, unit: 'device' })
    expect(found.against.releases.epsilon).toBeGreaterThan(3.9)
    expect(found.against.releases.epsilon).toBeLessThanOrEqual(4)
    expect(await printed(...flags)).toContain('There is no noise')
  })

  it('says of a run what it spent, as a page too', async () => {
    const run = join(dir, 'run')
    vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    expect(await main(['node', 'tacit', 'simulate', ...flags, ...dp, '--out', run])).toBe(0)
    const html = join(dir, 'facts.html')
    const found = await printed(run, '--html', html)
    const { epsilon } = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')).privacy
    expect(found).toContain(`epsilon ${Math.ceil(epsilon * 1000) / 1000}, delta 0.000001`)
    expect(readFileSync(html, 'utf8')).toContain('Privacy facts: popularity')
    await expect(printed(run, '--rounds', '3')).rejects.toThrow(/a run says itself what it was/)
  })
})
