import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { main } from './cli.js'

describe('the tacit-coordinator command', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-coordinator-cli-'))
  const file = (name: string, text: string) => {
    const path = join(dir, name)
    writeFileSync(path, text)
    return path
  }
  const items = file('items.txt', '\u{feff}a\r\nb\r\nc\r\n')
  let err = ''

  beforeEach(() => {
    err = ''
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      err += String(text)
      return true
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  const start = (flags: Record<string, string>, ...more: string[]) => {
    const all = { '--task': 't', '--catalogue': items, '--population': '20', '--goal': '10', ...flags }
    return main(['node', 'tacit-coordinator', ...Object.entries(all).flat(), ...more])
  }
  const run = (flags: Record<string, string>, ...more: string[]) =>
    start({ '--secure-sum': 'plain', ...flags }, ...more)

  it.each<[Record<string, string>, string[], RegExp]>([
    [{ '--port': 'abc' }, [], /--port: a whole number in 0\.\.65535 is expected/],
    [{ '--pause': '-1' }, [], /--pause: a whole number/],
    [{ '--goal': '0' }, [], /--goal: a whole number in 2/],
    [{ '--goal': '21' }, [], /--goal: it is above --population 20/],
    [{ '--minimum': '11' }, [], /--minimum: it is above --goal 10/],
    [{ '--task': 'a b' }, [], /--task: letters/],
    [{}, ['--task', 'again'], /--task: it is given twice/],
    [{ '--model': 'magic' }, [], /TACIT_MODEL_UNKNOWN/],
    [{ '--catalogue': join(dir, 'nowhere') }, [], /TACIT_DATA_UNREADABLE/],
    [{ '--catalogue': file('twice.txt', 'a\nb\na\n') }, [], /twice\.txt:3:1: a stands on line 1 already/],
    [{ '--catalogue': file('empty.txt', '') }, [], /TACIT_DATA_EMPTY/],
    [{ '--data-dir': items }, [], /TACIT_/],
  ])('%j %j ends with 2 and one clear line', async (flags, more, message) => {
    expect(await run(flags, ...more)).toBe(message.source === 'TACIT_' ? 1 : 2)
    expect(err).toMatch(message)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })

  const jwks = { '--jwks': file('jwks.json', '{"keys":[]}'), '--issuer': 'shop' }
  it.each<[Record<string, string>, string[], RegExp]>([
    [{}, [], /--jwks: a masked sum wants to know who vouches for devices.*--anonymous/],
    [{ '--jwks': 'a.json' }, [], /--issuer: the name in the credentials/],
    [jwks, ['--anonymous'], /--anonymous: it does not go with --jwks/],
    [jwks, [], /no Ed25519 or P-256 signature key/],
    [{ ...jwks, '--jwks': join(dir, 'no.json') }, [], /TACIT_DATA_UNREADABLE/],
    [{ ...jwks, '--jwks': 'http://shop.example/jwks.json' }, [], /an https address is expected/],
    [{ '--secure-sum': 'magic' }, [], /--secure-sum: masked or plain is expected/],
    [{ '--secure-sum': 'plain' }, ['--curious'], /--curious: it goes with --secure-sum masked alone/],
    [{ '--adversarial': '1' }, ['--anonymous'], /--adversarial: a number in 0\.\.0\.999/],
    // Half of the goal, five devices, are too few for any parameters.
    [{ '--data-dir': join(dir, 'data') }, ['--anonymous'], /5 devices: equivocating.*larger minimum/],
    [{ '--data-dir': join(dir, 'data') }, ['--anonymous', '--curious'], /5 devices: curious/],
  ])('masked by default: %j %j ends with 2 and one clear line', async (flags, more, message) => {
    expect(await start(flags, ...more)).toBe(2)
    expect(err).toMatch(message)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })

  it('refuses a log level that there is not', async () => {
    vi.stubEnv('LOG_LEVEL', 'loud')
    expect(await run({})).toBe(2)
    expect(err).toMatch(/LOG_LEVEL: one of fatal/)
  })
})
