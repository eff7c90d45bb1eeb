import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Device, History, trainInline } from '@tacit/client'
import { nodePlatform } from '@tacit/client/node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually, json, Process } from '../support/processes.js'

interface Status {
  tasks: {
    round: { number: number; phase: string }
    rounds: { released: number; aborted: number; abortedByReason: Record<string, number> }
    model: { version: number; hash: string }
    privacy: { spent: number; epsilon: number }
  }[]
}

/** What `tacit-coordinator budget --show` prints. */
interface Ledger {
  readonly spent: number
  /** That were charged. */
  readonly rounds: number
  readonly changes: readonly { readonly newEpsilon: number }[]
}

const DEVICES = 6
const WAIT_MS = 60_000

const dir = mkdtempSync(join(tmpdir(), 'tacit-kill-charge-'))
const data = ['--data-dir', join(dir, 'data')]
const items = Array.from({ length: 40 }, (_, i) => `sku-${i}`)
const devices: Device[] = []
const running: Process[] = []
let port = 0
/** While it is set, no device hears that it is asked to unmask: the round waits, its charge behind it. */
let deaf = false
let unheard = 0

/** Sockets over which that one request may get lost. What goes on at the coordinator is as in production. */
const platform: typeof nodePlatform = {
  ...nodePlatform,
  openSocket: (url, handlers) =>
    nodePlatform.openSocket(url, {
      ...handlers,
      message: (message) => {
        if (deaf && typeof message === 'string' && JSON.parse(message).step === 'signatures') unheard++
        else handlers.message(message)
      },
    }),
}

const start = async () => {
  const task = ['--task', 'homepage', '--catalogue', join(dir, 'items.txt'), '--population', '10']
  const limits = ['--goal', '4', '--minimum', '3', '--pause', '200', '--anonymous', '--dropout', '0']
  const privacy = [
    '--dp',
    'distributed',
    '--epsilon',
    '1000',
    '--delta',
    '1e-6',
    '--clip',
    '1',
    '--noise',
    '4',
  ]
  const process = new Process('coordinator/bin/tacit-coordinator.js', [
    ...[...task, ...limits, ...privacy, ...data],
    ...['--port', String(port)],
  ])
  running.push(process)
  const [, found] = await process.match(/"url":"http:\/\/127\.0\.0\.1:(\d+)"/, WAIT_MS)
  port = Number(found)
  return process
}
const status = async () => (await json<Status>(`http://127.0.0.1:${port}/v1/status`)).tasks[0]!

/** From the database itself, which no coordinator has open now. */
const ledger = async (): Promise<Ledger> => {
  const command = ['budget', '--task', 'homepage', '--show', ...data]
  const process = new Process('coordinator/bin/tacit-coordinator.js', command)
  expect(await process.exit(), process.output).toBe(0)
  return JSON.parse(process.output) as Ledger
}

beforeAll(() => writeFileSync(join(dir, 'items.txt'), `${items.join('\n')}\n`))

afterAll(async () => {
  for (const device of devices) device.stop()
  await Promise.all(running.map((process) => process.kill('SIGKILL')))
  rmSync(dir, { recursive: true, force: true })
})

it('kill -9 between charge and release: the charge stands, and nothing is released for it', async () => {
  const first = await start()
  for (let d = 0; d < DEVICES; d++) {
    const history = new History()
    for (let e = 0; e < 6; e++) history.add({ item: items[(d * 3 + e * 7) % items.length]!, at: e })
    const device = new Device(
      {
        url: `http://127.0.0.1:${port}`,
        task: 'homepage',
        device: `device-${d}`,
        history,
        limits: { identity: 'anonymous', minimumCohort: 2, minimumThreshold: 2, dropout: 0 },
        backoff: { firstMs: 100, longestMs: 500 },
        train: trainInline,
      },
      platform,
    )
    device.start()
    devices.push(device)
  }
  await eventually(status, (task) => task.rounds.released >= 2, WAIT_MS)
  deaf = true
  await eventually(
    async () => unheard,
    (requests) => requests > 0,
    WAIT_MS,
  )
  const before = await status()
  await first.kill('SIGKILL')

  const killed = await ledger()
  expect(killed.rounds).toBe(before.rounds.released + before.rounds.aborted + 1)
  expect(killed.spent).toBeCloseTo(before.privacy.spent, 9)
  expect(killed.changes).toHaveLength(1)

  // They hear again when the coordinator is back, and not before: the killed round is not to go on.
  const second = await start()
  const after = await status()
  expect(second.output).toMatch(/"reason":"coordinator-restarted"/)
  expect(after.rounds.abortedByReason['coordinator-restarted']).toBe(1)
  expect(after.rounds.released).toBe(before.rounds.released)
  expect(after.privacy.spent).toBeGreaterThanOrEqual(before.privacy.spent)
  expect(after.model).toEqual(before.model)
  deaf = false

  const later = await eventually(status, (task) => task.rounds.released > before.rounds.released, WAIT_MS)
  expect(later.model.version).toBeGreaterThan(before.round.number)
  expect(later.privacy.spent).toBeGreaterThan(before.privacy.spent)
  expect(await second.kill('SIGTERM')).toBe(0)

  // Every release has a charge of its own, and the killed round's is one more.
  const stopped = await ledger()
  const final = later.rounds.released - before.rounds.released
  expect(stopped.rounds).toBeGreaterThanOrEqual(killed.rounds + final)
  expect(stopped.spent).toBeGreaterThan(killed.spent)
}, 180_000)
