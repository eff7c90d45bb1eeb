import { canonicalJson, utf8ToBytes } from '@tacit/shared/bytes'
import { type CoordinatorMessage, gridOf, type RoundPlan } from '@tacit/shared/protocol'
import { SecureRandom, SeededRandom } from '@tacit/shared/random'
import { addQuantised, layoutSize, pack } from '@tacit/shared/update'
import { expect } from 'vitest'
import { ManualTimers } from '../../gateway/testing/manual-timers.js'
import type { Budget } from '../../ledger/index.js'
import { makePlan, type RoundLimits } from '../../round/index.js'
import type { ScriptedSum } from '../../round/testing/scripted-sum.js'
import type { Store } from '../../store/index.js'
import {
  catalogueReference,
  encodeRelease,
  modelOf,
  TASK_DEFAULTS,
  type TaskDefinition,
  type TaskPrivacy,
} from '../../task/index.js'
import { Conductor } from '../conductor.js'
import { StatusBoard } from '../status-board.js'
import { Tally } from '../tally.js'
import { TaskBudget } from '../task-budget.js'
import { TaskRunner } from '../task-runner.js'

const ITEMS = ['a', 'b', 'c', 'd', 'e']
let names = 0

const LIMITS: RoundLimits = {
  goalCount: 2,
  overSelection: 1,
  minimumCount: 2,
  largestGroup: 100,
  uploadsInFlight: 4,
  joinDeadlineMs: 1000,
  stepDeadlineMs: 1000,
  phaseDeadlineMs: 1000,
  uploadDeadlineMs: 1000,
  chunkBytes: 1024,
}

/** A task with its runner over a real store, devices played by the test, and time turned by hand. */
export class RunnerBench {
  readonly timers = new ManualTimers()
  readonly board = new StatusBoard()
  readonly warned: (readonly [object, string])[] = []
  readonly said: { to: string; message: CoordinatorMessage }[] = []
  readonly task: TaskDefinition
  readonly #store: Store
  readonly #budget: Budget | undefined
  runner!: TaskRunner
  conductor!: Conductor

  constructor(store: Store, privacy?: TaskPrivacy, budget?: Budget) {
    this.#store = store
    this.#budget = budget
    this.task = {
      ...TASK_DEFAULTS,
      secureSum: 'plain',
      name: `task-${names++}`,
      model: 'popularity',
      population: 10,
      share: 1,
      catalogue: catalogueReference(ITEMS),
      ...(privacy && { privacy }),
    }
  }

  async open(cadence: { waitingRoom?: number } = {}, sum?: ScriptedSum): Promise<void> {
    const model = modelOf(this.task)
    const { name, settings, population, share, catalogue } = this.task
    const record = { name, model: model.name, settings, population, share, catalogue }
    await this.#store.openTask(record, utf8ToBytes(canonicalJson(ITEMS)), this.#budget)
    if (!(await this.#store.manifest(name))) {
      const state = model.init(new SeededRandom({ seed: 1, purpose: 'initialise' }))
      const encoded = encodeRelease(this.task, model, state, 0)
      await this.#store.release(name, { round: 0, model: encoded, server: state.server, survivors: 0 })
    }
    const newest = (await this.#store.latest(name))!
    const trial = { number: 1, roundId: '0'.repeat(32), modelHash: '0'.repeat(64), invited: 2 }
    this.runner = new TaskRunner({
      task: this.task,
      model,
      state: newest.state,
      encoded: newest,
      limits: LIMITS,
      budget: this.#budget && (await TaskBudget.open(this.#store, makePlan(this.task, model, LIMITS, trial))),
      cadence: { pauseMs: 100, startAt: 2, waitingRoom: 5, comeBackMs: 1000, keptReleases: 3, ...cadence },
      store: this.#store,
      tally: new Tally(await this.#store.counts(name), await this.#store.history(name)),
      link: {
        send: (to, message) => void this.said.push({ to, message }),
        expectVector() {},
        forgetVector() {},
      },
      timers: this.timers,
      random: new SecureRandom(),
      logger: { info() {}, warn: (...line) => void this.warned.push(line), error() {} },
      backends: sum && (() => sum),
      secureSum: { backend: 'plain' },
      onChange: () => this.board.changed(),
    })
    this.board.add(this.runner)
    this.conductor = new Conductor(new Map([[name, this.runner]]))
  }

  /** The next message of a type to a device, once it is said. */
  async hears<T extends CoordinatorMessage['type']>(to: string, type: T) {
    for (let turn = 0; turn < 500; turn++) {
      const at = this.said.findIndex((said) => said.to === to && said.message.type === type)
      if (at >= 0) return this.said.splice(at, 1)[0]!.message as Extract<CoordinatorMessage, { type: T }>
      await new Promise((resolve) => setImmediate(resolve))
    }
    throw new Error(`${to} hears no ${type}`)
  }

  connect(...devices: string[]): void {
    for (const device of devices) this.conductor.connected(device, this.task.name, false)
  }

  async join(device: string): Promise<RoundPlan> {
    const { plan } = await this.hears(device, 'invite')
    this.conductor.message(device, { type: 'join', roundId: plan.roundId })
    return plan
  }

  async upload(device: string, plan: RoundPlan, item: number): Promise<void> {
    await this.hears(device, 'begin')
    const words = new Uint32Array(layoutSize(plan.layout))
    const metrics = plan.layout.at(-1)!.shape[0]!
    const update = {
      itemCount: { rows: Int32Array.of(item), values: Float64Array.of(1) },
      metrics: { values: Float64Array.from({ length: metrics }, (_, m) => (m < 2 ? 1 : 0)) },
    }
    addQuantised(update, plan.layout, gridOf(plan), new SecureRandom(), words)
    const packed = pack(words, plan.modulusBits)
    this.conductor.message(device, { type: 'upload', roundId: plan.roundId, bytes: packed.length })
    await this.hears(device, 'grant')
    this.conductor.vector(device, packed)
  }

  async round(): Promise<void> {
    const plans = [await this.join('x'), await this.join('y')]
    await this.upload('x', plans[0]!, 1)
    await this.upload('y', plans[1]!, 3)
    expect(await this.hears('x', 'done')).toMatchObject({ outcome: 'released', survivors: 2 })
    await this.hears('y', 'done')
  }
}
