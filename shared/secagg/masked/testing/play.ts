import { ed25519 } from '@noble/curves/ed25519.js'
import { graphSeed, neighbours, Placement } from '../../graph/index.js'
import type { GraphParameters } from '../../parameters.js'
import { toBitmap } from '../bitmap.js'
import { toBytes, toText } from '../bodies.js'
import { indexOfName, nameOf } from '../entry.js'
import { groupParameters } from '../group-parameters.js'
import { configDigest, rosterDigest } from '../statements.js'
import { DRAWN } from './recorded-secrets.js'
import { type Body, MaskedRound, type RoundEnd, type RoundOptions } from './round.js'

/** Twelve devices, each with eight neighbours, of whom two open a secret. */
export const TWELVE = { devices: 12, masking: { adversarial: 0.01, dropout: 0.001 } } as const

/** What became of a round, and what only somebody who sees all of it knows. */
export interface Played {
  readonly round: MaskedRound
  readonly end: RoundEnd
  readonly graph: Graph
}

/** The graph of a round with one group, once its devices have heard of it. */
export class Graph {
  readonly #round: () => MaskedRound
  #known: Known | undefined

  constructor(round: () => MaskedRound) {
    this.#round = round
  }

  get parameters(): GraphParameters {
    return this.#read().parameters
  }

  /** H_cfg. */
  get config(): Uint8Array {
    return this.#read().config
  }

  placeOf(device: number): number {
    return this.#read().places[device]!
  }

  deviceAt(place: number): number {
    return this.#read().places.indexOf(place)
  }

  /** Devices by ascending place; none as long as no graph is drawn. */
  neighboursOf(device: number): number[] {
    if (!this.#round().heard.some(({ step }) => step === 'neighbours')) return []
    const { places, parameters } = this.#read()
    const size = this.#round().devices.length
    return neighbours(places[device]!, size, parameters.neighbours).map((place) => this.deviceAt(place))
  }

  /** The list of all devices but these, as survivors are told. */
  survivorsWithout(...devices: readonly number[]): string {
    const all = this.#round().devices.map((_, device) => device)
    const survivors = all.filter((device) => !devices.includes(device))
    return toText(
      toBitmap(
        survivors.map((device) => this.placeOf(device)),
        all.length,
      ),
    )
  }

  #read(): Known {
    this.#known ??= readGraph(this.#round())
    return this.#known
  }
}

interface Known {
  readonly parameters: GraphParameters
  readonly config: Uint8Array
  readonly places: readonly number[]
}

function readGraph({ plan, heard, said, devices }: MaskedRound): Known {
  const told: Body = heard.findLast(({ step }) => step === 'draw')!.body
  const { reveals }: Body = heard.find(({ step }) => step === 'neighbours')!.body
  const names = toBytes(told.names)
  const roster = rosterDigest(plan, { ...told, root: toBytes(told.root), names })
  const seed = graphSeed(
    roster,
    reveals.map(({ value }: Body) => toBytes(value)),
  )
  const size = devices.length
  const placement = new Placement(seed, size, plan.largestGroup)
  const parameters = groupParameters(plan.masking!, size, size)!
  const places = devices.map((_, device) => {
    const { body }: { body: Body } = said.find((one) => one.step === 'keys' && one.device === device)!
    return placement.placeOf(indexOfName(names, nameOf(toBytes(body.identity))))
  })
  return { parameters, places, config: configDigest(plan, { roster, group: 0, size, parameters, seed }) }
}

/** @param options may look at the graph once there is one */
export async function play(options: RoundOptions | ((graph: Graph) => RoundOptions)): Promise<Played> {
  const graph = new Graph(() => round)
  const round: MaskedRound = new MaskedRound(typeof options === 'function' ? options(graph) : options)
  return { round, end: await round.run(), graph }
}

/** Other bytes of the same length, as text. */
export function flip(text: string, at = 0): string {
  const bytes = toBytes(text)
  bytes[at]! ^= 1
  return toText(bytes)
}

/** Options that tamper with what one device hears at one step. */
export function tellOtherwise(
  victim: number,
  at: string,
  change: (body: Body) => Body,
): Pick<RoundOptions, 'tamperDown'> {
  return {
    tamperDown: (device, step, body) =>
      device === victim && step === at ? change(structuredClone(body)) : body,
  }
}

/** Options that tamper with what one device says at one step. */
export function sayOtherwise(
  culprit: number,
  at: string,
  change: (body: Body) => Body,
): Pick<RoundOptions, 'tamperUp'> {
  return {
    tamperUp: (device, step, body) =>
      device === culprit && step === at ? change(structuredClone(body)) : body,
  }
}

/** A signature of a device that does what the coordinator wants, in an anonymous round. */
export function signAs(round: MaskedRound, device: number, statement: Uint8Array): string {
  return toText(ed25519.sign(statement, round.secrets[device]!.copies[DRAWN.indexOf('identity')]!))
}
