import { bytesToHex } from '@tacit/shared/bytes'
import { codeOf, isErrorCode, TacitError } from '@tacit/shared/errors'
import type { EncodedModel, ModelState } from '@tacit/shared/model'
import { hidesCount, type RoundPlan } from '@tacit/shared/protocol'
import { Draws } from '@tacit/shared/random'
import type { Member } from '@tacit/shared/secagg'
import type { RoundMetrics } from '@tacit/shared/update'
import type { TimerHandle } from '../gateway/index.js'
import type { PrivacyStatus, SecureSumStatus } from '../http/index.js'
import { makePlan, type RoundEffect, RoundEngine, type RoundEvent, type RoundView } from '../round/index.js'
import { clipOf, makeRelease, type TaskDefinition } from '../task/index.js'
import type { Tally } from './tally.js'
import type { TaskRunnerOptions } from './task-runner-options.js'

/** Codes of devices that leave a round without anything being wrong with it. */
const NO_REFUSAL: ReadonlySet<string> = new Set(['TACIT_SHUTTING_DOWN', 'TACIT_NOT_DRAWN'])

/** What the log says of a round's metrics: of no device, there is no share. */
function measuredFields({ evaluated, ...metrics }: RoundMetrics, withNoise: boolean): object {
  return { ...(evaluated > 0 && { 'hr@10': metrics['hr@10'] }), evaluated, ...(withNoise && { withNoise }) }
}

/** A task that has spent its budget looks so often whether it may go on: a period ended, or an operator raised it. */
const BUDGET_POLL_MS = 60_000

/**
 * Runs one task's rounds, one after another: starts the engine when enough devices are there, carries out
 * its effects on gateway, timers and store, and puts every release where the next round finds it.
 */
export class TaskRunner {
  readonly #o: TaskRunnerOptions
  readonly #engine: RoundEngine
  readonly #devices = new Set<Member>()
  readonly #timers = new Map<string, TimerHandle>()
  readonly #draws: Draws
  #state: ModelState
  #manifest: EncodedModel['manifest']
  #starting = false
  #pausing = false
  #saidExhausted = false
  #stopped = false
  #round = 0
  #roundId = ''
  /** Why devices left the present round, and how many did. */
  readonly #refusals = new Map<string, number>()
  /** What is being stored; shutdown waits for it. */
  readonly #writing = new Set<Promise<void>>()

  constructor(options: TaskRunnerOptions) {
    this.#o = options
    this.#engine = new RoundEngine(options.limits, options.backends)
    this.#draws = new Draws(options.random)
    this.#state = options.state
    this.#manifest = options.encoded.manifest
    this.#round = options.encoded.manifest.round
  }

  get manifest(): EncodedModel['manifest'] {
    return this.#manifest
  }

  get definition(): TaskDefinition {
    return this.#o.task
  }

  get tally(): Tally {
    return this.#o.tally
  }

  get secureSum(): SecureSumStatus {
    return this.#o.secureSum
  }

  get privacy(): PrivacyStatus | undefined {
    return this.#o.budget?.status()
  }

  view(): RoundView & { readonly number: number; readonly wanted?: number } {
    const view = this.#engine.view()
    const idle = this.#engine.idle
    return {
      ...view,
      phase: idle ? this.#waitsFor() : view.phase,
      devices: idle ? this.#waiting : view.devices,
      number: this.#round,
      ...(idle && { wanted: this.#startAt }),
    }
  }

  /** Devices that are there between rounds; where they are not to be counted, no more than a round waits for. */
  get #waiting(): number {
    const { size } = this.#devices
    return this.hidesCount ? Math.min(size, this.#startAt) : size
  }

  get #startAt(): number {
    return Math.max(this.#o.cadence.startAt, this.#o.limits.minimumCount)
  }

  /** Whether nobody who watches is to know how many devices took part. */
  get hidesCount(): boolean {
    const { privacy } = this.#o.task
    return privacy !== undefined && hidesCount(privacy)
  }

  #waitsFor(): string {
    return this.#o.budget?.isExhausted ? 'budget-exhausted' : 'waiting'
  }

  connected(device: Member, resumed: boolean): void {
    if (resumed) this.dispatch({ type: 'resumed', device })
    if (this.#devices.size >= this.#o.cadence.waitingRoom && !this.#engine.has(device))
      this.#sendLater(device)
    else this.#devices.add(device)
    this.#startIfPossible()
  }

  /** Its socket is gone but it may be back: it keeps its place in the round and is invited to none. */
  detached(device: Member): void {
    this.#devices.delete(device)
    this.#o.onChange()
  }

  gone(device: Member): void {
    this.#devices.delete(device)
    this.dispatch({ type: 'gone', device })
  }

  /** @throws TacitError when the event is a device's breach of protocol; nothing has changed then */
  dispatch(event: RoundEvent): void {
    if (event.type === 'message') this.#noteRefusal(event)
    const { phase } = this.#engine.view()
    for (const effect of this.#engine.handle(event)) this.#carryOut(effect)
    // Whoever watches could count devices by the changes, even where their number is not shown.
    if (!this.hidesCount || this.#engine.view().phase !== phase) this.#o.onChange()
  }

  /** A device that is stopped by its owner refuses nothing, nor does one whose coin says no. */
  #noteRefusal({ device, message }: Extract<RoundEvent, { type: 'message' }>): void {
    if (message.type !== 'leave' || NO_REFUSAL.has(message.code)) return
    if (message.roundId !== this.#roundId || !this.#engine.has(device)) return
    // Devices may make codes up: they are counted as one, lest their number grow.
    const code = isErrorCode(message.code) ? message.code : 'TACIT_INTERNAL'
    this.#o.tally.refused(code)
    this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1)
  }

  /** Says once a round why devices left it: mostly a task that they do not accept. */
  #reportRefusals(): void {
    if (this.#refusals.size === 0) return
    const refusals = Object.fromEntries(this.#refusals)
    this.#refusals.clear()
    this.#o.logger.warn(
      { task: this.#o.task.name, round: this.#round, refusals },
      'devices left the round by themselves',
    )
  }

  /** Aborts the running round and waits until that is stored. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.dispatch({ type: 'stop' })
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
    await Promise.all(this.#writing)
  }

  #startIfPossible(): void {
    if (this.#starting || this.#pausing || this.#stopped || !this.#engine.idle) return
    if (this.#devices.size < this.#startAt) return
    this.#starting = true
    this.#write(
      this.#start()
        .catch((error: unknown) => {
          this.#o.logger.error({ task: this.#o.task.name, err: error }, 'a round could not be started')
          this.#pause()
        })
        .finally(() => {
          this.#starting = false
        }),
    )
  }

  async #start(): Promise<void> {
    const { task, model, limits, store, random } = this.#o
    if (!(await this.#mayStart())) return
    const wanted = Math.ceil(limits.goalCount * limits.overSelection)
    const cohort = this.#draws.sample([...this.#devices], wanted)
    const roundId = bytesToHex(random.bytes(16))
    const number = await store.beginRound(task.name, roundId, cohort.length)
    if (this.#stopped) return store.abortRound(task.name, number, 'coordinator-stopped')
    // Who left while the database wrote cannot be invited; the engine aborts if too few are left.
    const present = cohort.filter((device) => this.#devices.has(device))
    this.#round = number
    this.#roundId = roundId
    const round = {
      number,
      roundId,
      modelHash: this.#manifest.hash,
      invited: cohort.length,
      clip: clipOf(task, this.#state),
    }
    const plan = makePlan(task, model, limits, round)
    this.dispatch({ type: 'start', plan, manifest: `/v1/tasks/${task.name}/model`, cohort: present })
  }

  /** Whether another round keeps within the budget; if not, the task rests, and asks again later. */
  async #mayStart(): Promise<boolean> {
    const { budget, task, logger } = this.#o
    if (!budget) return true
    const allowed = await budget.allowsRound()
    const privacy = budget.status()
    if (allowed) {
      if (this.#saidExhausted)
        logger.info({ task: task.name, privacy }, 'the privacy budget allows rounds again')
      this.#saidExhausted = false
      return true
    }
    if (!this.#saidExhausted) logger.warn({ task: task.name, privacy }, 'the privacy budget is exhausted')
    this.#saidExhausted = true
    this.#pause(BUDGET_POLL_MS)
    return false
  }

  #carryOut(effect: RoundEffect): void {
    const { link, timers } = this.#o
    switch (effect.type) {
      case 'send':
        link.send(effect.to, effect.message)
        break
      case 'expect-vector':
        link.expectVector(effect.from, effect.roundId, effect.bytes)
        break
      case 'forget-vector':
        link.forgetVector(effect.from)
        break
      case 'set-timer':
        this.#clear(effect.timer)
        this.#timers.set(
          effect.timer,
          timers.set(effect.afterMs, () => this.#timerFired(effect.timer)),
        )
        break
      case 'clear-timer':
        this.#clear(effect.timer)
        break
      case 'gather':
        throw new Error('vectors reach this coordinator whole; there is nothing to gather')
      case 'compute':
        void this.#compute(effect.run)
        break
      case 'blamed':
        this.#blamed(effect)
        break
      case 'charge':
        this.#write(this.#charge(effect.plan))
        break
      case 'release':
        this.#pausing = true
        this.#reportRefusals()
        this.#write(this.#release(effect.plan, effect.sums, effect.survivors.length))
        break
      case 'aborted':
        this.#pausing = true
        this.#reportRefusals()
        this.#write(this.#aborted(effect))
    }
  }

  async #charge(plan: RoundPlan): Promise<void> {
    const { task, budget, logger } = this.#o
    const said = { task: task.name, round: plan.round }
    const { roundId } = plan
    let event: RoundEvent = { type: 'charged', roundId }
    try {
      if (!budget) throw new TacitError('TACIT_BUDGET_MISSING', { task: task.name })
      await budget.charge(plan)
      logger.info({ ...said, privacy: budget.status() }, 'round charged')
    } catch (error) {
      const code = codeOf(error)
      const reason = code === 'TACIT_BUDGET_EXHAUSTED' ? 'budget-exhausted' : 'charge-failed'
      logger.error({ ...said, code, err: error }, 'a round could not be charged')
      event = { type: 'charge-refused', roundId, reason }
    }
    this.#hear(event)
  }

  async #release(plan: RoundPlan, sums: Float64Array, survivors: number): Promise<void> {
    const { task, model, store, logger, random } = this.#o
    try {
      const release = makeRelease(task, model, this.#state, { plan, sums, survivors, noise: random })
      await store.release(task.name, {
        round: plan.round,
        charge: plan.privacy && plan.roundId,
        model: release.encoded,
        server: release.state.server,
        metrics: release.metrics,
        survivors,
      })
      this.#o.tally.released(plan.round, release.metrics)
      this.#state = release.state
      this.#manifest = release.encoded.manifest
      const { hash } = this.#manifest
      const measured = measuredFields(release.metrics, plan.privacy !== undefined)
      logger.info(
        { task: task.name, round: plan.round, survivors, ...measured, model: hash },
        'round released',
      )
      this.dispatch({ type: 'released', modelHash: hash })
    } catch (error) {
      logger.error({ task: task.name, round: plan.round, code: codeOf(error), err: error }, 'release failed')
      this.dispatch({ type: 'release-failed' })
      return
    }
    await this.#prune()
    this.#pause()
  }

  async #prune(): Promise<void> {
    const { task, store, cadence, logger } = this.#o
    try {
      await store.prune(task.name, cadence.keptReleases)
    } catch (error) {
      logger.error({ task: task.name, err: error }, 'old releases could not be deleted')
    }
  }

  async #compute(run: () => Promise<RoundEvent>): Promise<void> {
    this.#hear(await run())
  }

  /** What no device said: nobody is to be turned away for what it leads to. */
  #hear(event: RoundEvent): void {
    try {
      this.dispatch(event)
    } catch (error) {
      this.#o.logger.error({ task: this.#o.task.name, err: error }, 'a secure sum could not go on')
    }
  }

  #blamed({ device, problem }: Extract<RoundEffect, { type: 'blamed' }>): void {
    const { task, tally, logger } = this.#o
    tally.blamed()
    logger.warn({ task: task.name, round: this.#round, device, problem }, 'a device broke the secure sum')
  }

  async #aborted({ plan, reason, error }: Extract<RoundEffect, { type: 'aborted' }>): Promise<void> {
    const { task, store, logger } = this.#o
    this.#o.tally.aborted(reason)
    const failure = error === undefined ? {} : { code: codeOf(error), err: error }
    logger.warn({ task: task.name, round: plan.round, reason, ...failure }, 'round aborted')
    try {
      await store.abortRound(task.name, plan.round, reason)
    } catch (error) {
      logger.error({ task: task.name, round: plan.round, err: error }, 'an abort could not be stored')
    }
    this.#pause()
  }

  #pause(ms = this.#o.cadence.pauseMs): void {
    if (this.#stopped) return
    this.#pausing = true
    this.#clear('pause')
    this.#timers.set(
      'pause',
      this.#o.timers.set(ms, () => {
        this.#timers.delete('pause')
        this.#pausing = false
        this.#startIfPossible()
      }),
    )
    this.#o.onChange()
  }

  #write(writing: Promise<void>): void {
    this.#writing.add(writing)
    void writing.finally(() => this.#writing.delete(writing))
  }

  #timerFired(timer: string): void {
    this.#timers.delete(timer)
    this.dispatch({ type: 'timer', timer })
  }

  #clear(timer: string): void {
    this.#timers.get(timer)?.cancel()
    this.#timers.delete(timer)
  }

  #sendLater(device: Member): void {
    const { comeBackMs } = this.#o.cadence
    this.#o.link.send(device, { type: 'later', afterMs: comeBackMs + this.#draws.below(comeBackMs + 1) })
  }
}
