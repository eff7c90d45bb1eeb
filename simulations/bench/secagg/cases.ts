import type { CryptoSuite } from '@tacit/shared/crypto'
import { groupParameters, type Masking } from '@tacit/shared/secagg'
import { modulusBits } from '@tacit/shared/update'
import { type Summary, summarise } from '../summary.js'
import { collect } from './collect.js'
import type { Certified } from './credentials.js'
import { coordinatorNeeds, deviceNeeds, floorOf } from './floor.js'
import { COORDINATOR_STEPS, type CoordinatorPart, playCoordinator } from './played-coordinator.js'
import { type AllRates, measureRates } from './rates.js'
import { QUANTISATION_BITS, type Recording, record } from './recording.js'
import {
  DEVICE_STEPS,
  type DeviceFigures,
  playDevice,
  type Surroundings,
  surroundings,
} from './sampled-device.js'
import { median, rounded, startTimer } from './stopwatch.js'

export interface CaseOptions {
  readonly devices: number
  readonly values: number
  readonly certified: Certified | undefined
  readonly suite: CryptoSuite
  /** Shares of the group lost after their shares were dealt. */
  readonly dropouts: readonly number[]
  /** Devices that are timed. */
  readonly sampled: number
  readonly batchMs: number
  /** Assumed loss; .1 unless given, and the loss itself where that is larger. */
  readonly assumedDropout?: number
  readonly progress: (line: string) => void
}

export interface CaseFigures {
  readonly devices: number
  readonly values: number
  readonly identity: Masking['identity']
  readonly modulusBits: number
  readonly device: {
    readonly masking: Masking
    readonly neighbours: number
    readonly threshold: number
    readonly sampled: number
    /** By the clock. */
    readonly wallMs: Summary
    /** Of all threads of this process: the collector's and the compiler's included. */
    readonly cpuMs: number
    readonly floorMs: number
    /** By the clock. */
    readonly overFloor: number
    readonly cpuOverFloor: number
    readonly overFloorWithoutAdding: number
    readonly steps: Readonly<Record<string, number>>
    readonly verifyUs: number
    readonly maskNs: number
    /** Reading and writing of messages: the client's, and no part of `cpuMs`. */
    readonly wireMs: number
  }
  readonly bytes: {
    readonly sent: number
    readonly sentOverPlain: number
    readonly received: number
    readonly receivedPlain: number
    readonly bothOverPlain: number
  }
  readonly coordinator: readonly CoordinatorFigures[]
}

export interface CoordinatorFigures {
  readonly dropout: number
  readonly lost: number
  readonly masking: Masking
  readonly neighbours: number
  readonly threshold: number
  readonly pairMasks: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly floorMs: number
  readonly overFloor: number
  readonly cpuOverFloor: number
  readonly overFloorWithoutAdding: number
  readonly steps: Readonly<Record<string, number>>
  readonly verifyUs: number
  readonly maskNs: number
}

const ADVERSARIAL = 0.1
const ASSUMED_DROPOUT = 0.1
const PLAYS = 3
const PLAYS_MS = 3_000

/** One group's size, length and kind of identity: the device, and the coordinator for each share that is lost. */
export async function runCase(options: CaseOptions): Promise<CaseFigures> {
  const { devices, values, certified, suite, batchMs } = options
  const identity = certified ? 'certified' : 'anonymous'
  const bits = modulusBits(devices, QUANTISATION_BITS)
  let device: CaseFigures['device'] | undefined
  const played: DeviceFigures[] = []
  const coordinator: CoordinatorFigures[] = []
  for (const dropout of options.dropouts) {
    options.progress(`${devices} devices, ${values} values, ${identity}, ${dropout * 100} % lost`)
    const lossy = { dropout, lost: Math.floor(dropout * devices), masking: maskingFor(options, dropout) }
    const recording = await record({ ...options, ...lossy })
    collect()
    // Machines do not keep their pace: rates are those of the moment.
    const rates = await measureRates(suite, values, bits, batchMs)
    // A device's own time does not depend on who is lost.
    if (!device) {
      for (const script of recording.scripts) played.push(await playDevice(recording, script))
      device = deviceFigures(options, lossy.masking, played, rates)
    }
    collect()
    const around = surroundings(recording.scripts[0]!)
    const part = await playWarm(recording)
    const figures = coordinatorFigures(options, { ...lossy, around, rates, part })
    options.progress(`  over the floor: device ${device.overFloor}, coordinator ${figures.overFloor}`)
    coordinator.push(figures)
  }
  if (!device) throw new RangeError('a case without a round')
  return {
    devices,
    values,
    identity,
    modulusBits: bits,
    device,
    bytes: bytesOf(played),
    coordinator,
  }
}

/** The coordinator's part, once its code is compiled: of three times, or as many as fit, the one in the middle. */
async function playWarm(recording: Recording): Promise<CoordinatorPart> {
  const parts: CoordinatorPart[] = []
  const since = startTimer()
  do parts.push(await playCoordinator(recording))
  while (parts.length < PLAYS && since().wallMs < PLAYS_MS)
  const byTime = parts.toSorted((a, b) => a.steps.total.cpuMs - b.steps.total.cpuMs)
  return byTime[Math.floor((byTime.length - 1) / 2)]!
}

/** The rule's own parameters; against a curious coordinator where there are none against an equivocating one. */
export function maskingFor(
  options: Pick<CaseOptions, 'devices' | 'certified' | 'assumedDropout'>,
  lost: number,
): Masking {
  const { devices, certified, assumedDropout = ASSUMED_DROPOUT } = options
  const masking = {
    adversarial: ADVERSARIAL,
    dropout: Math.max(assumedDropout, lost),
    identity: certified ? 'certified' : 'anonymous',
    coordinator: 'equivocating',
  } as const
  return groupParameters(masking, devices, devices) ? masking : { ...masking, coordinator: 'curious' }
}

/** The largest assumed loss, in thousandths, for which the rule gives so many neighbours. */
export function dropoutFor(devices: number, neighbours: number): number | undefined {
  for (let thousandths = 200; thousandths > 0; thousandths--) {
    const masking = maskingFor({ devices, certified: undefined, assumedDropout: thousandths / 1000 }, 0)
    if (groupParameters(masking, devices, devices)?.neighbours === neighbours) return thousandths / 1000
  }
  return undefined
}

function deviceFigures(
  { values, certified }: CaseOptions,
  masking: Masking,
  played: readonly DeviceFigures[],
  rates: AllRates,
): CaseFigures['device'] {
  const { neighbours, threshold } = played[0]!.around
  const wall = summarise(played.map(({ steps }) => steps.total.wallMs))
  const cpuMs = median(played.map(({ steps }) => steps.total.cpuMs))
  const floors = played.map(({ around }) =>
    floorOf(deviceNeeds(around, values, certified !== undefined), rates),
  )
  const ofSteps = DEVICE_STEPS.map((step) => [
    step,
    rounded(median(played.map(({ steps }) => steps.of(step).cpuMs))),
  ])
  return {
    masking,
    neighbours,
    threshold,
    sampled: played.length,
    wallMs: { min: rounded(wall.min), median: rounded(wall.median), max: rounded(wall.max) },
    cpuMs: rounded(cpuMs),
    ...over(
      wall.median,
      cpuMs,
      median(floors.map(({ ms }) => ms)),
      median(floors.map(({ bareMs }) => bareMs)),
    ),
    steps: Object.fromEntries(ofSteps),
    ...paceOf(rates),
    wireMs: rounded(median(played.map(({ wireMs }) => wireMs))),
  }
}

function bytesOf(played: readonly DeviceFigures[]): CaseFigures['bytes'] {
  const of = (pick: (bytes: DeviceFigures['bytes']) => number) =>
    median(played.map(({ bytes }) => pick(bytes)))
  return {
    sent: of(({ sent }) => sent),
    sentOverPlain: rounded(of(({ sent, sentPlain }) => sent / sentPlain)),
    received: of(({ received }) => received),
    receivedPlain: of(({ receivedPlain }) => receivedPlain),
    bothOverPlain: rounded(
      of(({ sent, received, sentPlain, receivedPlain }) => (sent + received) / (sentPlain + receivedPlain)),
    ),
  }
}

interface LossyRound {
  readonly dropout: number
  readonly lost: number
  readonly masking: Masking
  readonly around: Surroundings
  readonly rates: AllRates
  readonly part: CoordinatorPart
}

function coordinatorFigures(
  { devices, values, certified }: CaseOptions,
  { dropout, lost, masking, around, rates, part }: LossyRound,
): CoordinatorFigures {
  const { neighbours, threshold, committee } = around
  const pairMasks = part.calls.masks - (devices - lost)
  const isCertified = certified !== undefined
  const needs = coordinatorNeeds({ devices, lost, committee, pairMasks, values, isCertified })
  const floor = floorOf(needs, rates)
  const { total } = part.steps
  return {
    dropout,
    lost,
    masking,
    neighbours,
    threshold,
    pairMasks,
    wallMs: rounded(total.wallMs),
    cpuMs: rounded(total.cpuMs),
    ...over(total.wallMs, total.cpuMs, floor.ms, floor.bareMs),
    steps: Object.fromEntries(COORDINATOR_STEPS.map((step) => [step, rounded(part.steps.of(step).cpuMs)])),
    ...paceOf(rates),
  }
}

function over(wallMs: number, cpuMs: number, floorMs: number, bareMs: number) {
  return {
    floorMs: rounded(floorMs),
    overFloor: rounded(wallMs / floorMs),
    cpuOverFloor: rounded(cpuMs / floorMs),
    overFloorWithoutAdding: rounded(wallMs / bareMs),
  }
}

/** What tells how fast the machine was at the moment: a signature checked, and a word of a mask added. */
function paceOf({ verify, mask }: AllRates) {
  return { verifyUs: rounded(verify * 1e3), maskNs: rounded(mask * 1e6) }
}
