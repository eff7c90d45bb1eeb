import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256Hex, utf8ToBytes } from '@tacit/shared/bytes'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { main } from './cli.js'
import { openStore } from './store/index.js'

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
    [
      {},
      ['--dleta'],
      /: --dleta: unknown option, did you mean --delta\? \(TACIT_FLAG_INVALID\)\. See --help/,
    ],
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

  const dp = { '--dp': 'distributed', '--epsilon': '8', '--delta': '1e-6', '--clip': '1', '--noise': '1' }
  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries(dp).filter(([name]) => !names.includes(name)))
  it.each<[Record<string, string>, string[], RegExp]>([
    [{ '--epsilon': '8' }, [], /--epsilon: it goes with --dp alone/],
    [{ '--sampling': '0.5' }, [], /--sampling: it goes with --dp alone/],
    [{ '--period-days': '3' }, [], /--period-days: it goes with --dp alone/],
    [{}, ['--adaptive-clip'], /--adaptive-clip: it goes with --dp alone/],
    [{}, ['--rotate'], /--rotate: it goes with --dp alone/],
    [{ ...dp, '--dp': 'magic' }, [], /--dp: distributed, central or local is expected/],
    [{ ...dp, '--epsilon': '0' }, [], /--epsilon: a number above 0/],
    [{ ...dp, '--epsilon': 'much' }, [], /--epsilon: a number above 0/],
    [{ ...dp, '--delta': '1' }, [], /--delta: a number above 0 and below 0\.1/],
    [{ ...dp, '--clip': '-1' }, [], /--clip: a number above 0/],
    [{ ...dp, '--sampling': '1.5' }, [], /--sampling: a number above 0, 1 at most/],
    [{ ...dp, '--mechanism': 'laplace' }, [], /--mechanism: skellam or discrete-gaussian/],
    [{ ...dp, '--period-days': '0' }, [], /--period-days: a whole number in 1/],
    [without('--epsilon'), [], /--epsilon: the budget of a period is wanted/],
    [without('--delta'), [], /--delta: it is wanted/],
    [without('--clip'), [], /--clip: the largest norm/],
    [without('--noise'), [], /--noise: it is wanted, or --rounds/],
    [{ ...dp, '--rounds': '9' }, [], /--rounds: it does not go with --noise/],
    [{ ...dp, '--sampling': '0.25' }, [], /--goal: with --sampling 0\.25 it takes 40 devices/],
    [
      { ...dp, '--population': '90000', '--goal': '9000' },
      [],
      /--goal: it invites 11700 devices, above the 10000 of one group/,
    ],
    // Nobody can draw as much.
    [{ ...dp, '--noise': '1e6', '--data-dir': join(dir, 'data') }, [], /TACIT_NOISE_INVALID/],
  ])('with privacy: %j %j ends with 2 and one clear line', async (flags, more, message) => {
    expect(await run(flags, ...more)).toBe(2)
    expect(err).toMatch(message)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })

  const budget = (...flags: string[]) => main(['node', 'tacit-coordinator', 'budget', ...flags])
  const data = ['--data-dir', join(dir, 'ledger')]
  it.each<[string[], RegExp]>([
    [['--task', 't'], /--show: it is wanted, or --epsilon and --reason/],
    [['--task', 't', '--epsilon', '9'], /--reason: it is wanted/],
    [['--task', 't', '--epsilon', '9', '--reason', '  '], /--reason: it is wanted/],
    [['--task', 't', '--epsilon', '0', '--reason', 'x'], /--epsilon: a number above 0/],
    [['--task', 't', '--epsilon', ' ', '--reason', 'x'], /--epsilon: a number above 0/],
    [['--task', 't', '--reason', 'x'], /--reason: it goes with --epsilon/],
    [['--task', 't', '--show', '--epsilon', '9', '--reason', 'x'], /--show: it does not go with --epsilon/],
    [['--task', 't', '--task', 'u', '--show'], /--task: it is given twice/],
    [['--show'], /--task.*not specified.*TACIT_FLAG_INVALID/],
    [
      ['--task', 't', '--shwo'],
      /: --shwo: unknown option, did you mean --show\? \(TACIT_FLAG_INVALID\)\. See --help/,
    ],
    [['--task'], /: --task: option argument missing \(TACIT_FLAG_INVALID/],
    [['--task', 't', '--show', 'more'], /arguments: too many arguments.*TACIT_FLAG_INVALID/],
    [['--task', 't', '--show', '--data-dir', join(dir, 'mistyped')], /--data-dir: no coordinator has kept/],
    [['--task', 't', '--show', '--data-dir', dir], /--data-dir: no coordinator has kept/],
  ])('budget %j is refused', async (flags, message) => {
    expect(await budget(...flags)).toBe(2)
    expect(err).toMatch(message)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
    expect(existsSync(join(dir, 'mistyped'))).toBe(false)
    expect(existsSync(join(dir, 'pg'))).toBe(false)
  })

  it('shows a budget, and changes it with a reason that is kept', async () => {
    const dataDir = join(dir, 'ledger')
    const store = await openStore({ dataDir, clock: () => new Date(0) })
    const catalogue = utf8ToBytes('["a"]')
    const task = { name: 't', model: 'popularity', settings: {}, population: 9, share: 1 }
    const reference = { hash: sha256Hex(catalogue), items: 1 }
    await store.openTask({ ...task, catalogue: reference }, catalogue, { epsilon: 4, delta: 1e-6 })
    await store.openTask({ ...task, name: 'without', catalogue: reference }, catalogue)
    await store.close()
    expect(await budget('--task', 'T', '--show', ...data)).toBe(2)
    expect(err).toMatch(/--task: no task is called T; there are: t, without \(TACIT_FLAG_INVALID/)
    err = ''
    expect(await budget('--task', 'T', '--epsilon', '5', '--reason', 'x', ...data)).toBe(2)
    expect(err).toMatch(/--task: no task is called T/)
    expect(await budget('--task', 'without', '--show', ...data)).toBe(2)
    expect(err).toMatch(/TACIT_BUDGET_MISSING/)
    let out = ''
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += String(text)
      return true
    })
    expect(await budget('--task', 't', '--epsilon', '5', '--reason', 'minutes 42', ...data)).toBe(0)
    const raised = JSON.parse(out)
    out = ''
    expect(await budget('--task', 't', '--show', ...data)).toBe(0)
    expect(JSON.parse(out)).toEqual(raised)
    expect(raised).toMatchObject({ task: 't', epsilon: 5, delta: 1e-6, spent: 0, rounds: 0 })
    expect(raised.changes).toMatchObject([
      { oldEpsilon: null, newEpsilon: 4 },
      { why: 'minutes 42', who: expect.stringMatching(/./), oldEpsilon: 4, newEpsilon: 5 },
    ])
  }, 60_000)

  it('refuses a log level that there is not', async () => {
    vi.stubEnv('LOG_LEVEL', 'loud')
    expect(await run({})).toBe(2)
    expect(err).toMatch(/LOG_LEVEL: one of fatal/)
  })
})
