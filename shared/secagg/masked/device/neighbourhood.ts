import type * as z from 'zod/mini'
import type { Json } from '../../../bytes/index.js'
import { TacitError } from '../../../errors/index.js'
import { chainHolds, graphSeed, Placement, neighbours as ringNeighbours } from '../../graph/index.js'
import { groupMinimum } from '../../group-minimum.js'
import type { Masking } from '../../masking.js'
import type { GraphParameters } from '../../parameters.js'
import { neighboursSchema, parseBody, toBytes } from '../bodies.js'
import type { Entry } from '../entry.js'
import { adversariesAmong, groupParameters } from '../group-parameters.js'
import { configDigest, keysStatement, revealStatement } from '../statements.js'
import type { DeviceKeys } from './keys-sent.js'
import { KnownEntries } from './known-entries.js'
import type { DeviceRoster } from './rostered.js'
import type { DeviceContext } from './state.js'

export interface Neighbour {
  /** In the group. */
  readonly place: number
  readonly entry: Entry
}

/** A device's part of the graph, as it computed it itself. */
export interface Neighbourhood {
  /** H_cfg, 32 bytes. */
  readonly config: Uint8Array
  readonly place: number
  /** Members of the group. */
  readonly size: number
  /** Survivors of the group below which this device tells nothing. */
  readonly minimum: number
  readonly parameters: GraphParameters
  /** By ascending place. */
  readonly neighbours: readonly Neighbour[]
}

type Body = z.infer<typeof neighboursSchema>

/**
 * Recomputes the device's place from what the committee revealed, and checks everything it was told of the
 * committee and of its neighbours: that they are the right ones, that they stand in the committed list, that their
 * keys are their own, and that somebody vouches for them.
 * @throws TACIT_ROSTER_INVALID, TACIT_GROUP_TOO_SMALL, TACIT_NEIGHBOUR_INVALID, TACIT_CREDENTIAL_INVALID
 */
export async function checkNeighbourhood(
  context: DeviceContext,
  keys: DeviceKeys,
  roster: DeviceRoster,
  json: Json,
): Promise<Neighbourhood> {
  const body = parseBody(neighboursSchema, 'neighbours', json)
  if (body.attempt !== roster.attempt) throw invalid(`attempt ${body.attempt} of ${roster.attempt}`)
  const known = new KnownEntries(roster, keys.entry)
  known.checkOwn(body.own)
  const seed = graphSeed(roster.digest, await readReveals(context, roster, body, known))
  const placement = new Placement(seed, roster.members, context.plan.largestGroup)
  const group = placement.groupOf(roster.index)
  const place = placement.placeOf(roster.index)
  const size = placement.groupSize(group)
  const { parameters, minimum } = checkGroup(context, roster.members, size, placement.groups)
  const places = ringNeighbours(place, size, parameters.neighbours)
  const indices = places.map((at) => placement.indexAt(group, at))
  const entries = await readNeighbours(context, body, indices, known)
  await known.vouch(context)
  const config = configDigest(context.plan, { roster: roster.digest, group, size, parameters, seed })
  const neighbours = places.map((at, i) => ({ place: at, entry: entries[i]! }))
  return { config, place, size, minimum, parameters, neighbours }
}

/** The values of the committee: each as its device had committed to it, and signed for this list. */
async function readReveals(
  { environment }: DeviceContext,
  roster: DeviceRoster,
  { reveals }: Body,
  known: KnownEntries,
): Promise<Uint8Array[]> {
  const { attempt, committee, digest } = roster
  if (reveals.length !== committee.length) throw invalid(`${reveals.length} of ${committee.length} reveals`)
  const suite = await environment.suite()
  const values: Uint8Array[] = []
  for (const [i, { value: text, signed, ...body }] of reveals.entries()) {
    const { commitment, identity } = known.read(committee[i]!, body)
    const value = toBytes(text)
    if (!chainHolds(commitment, value, attempt)) throw invalid('a value is not what was committed to')
    if (!(await suite.verify(identity, revealStatement(digest, value), toBytes(signed)))) {
      throw invalid('a value was not revealed for it')
    }
    values.push(value)
  }
  return values
}

/** The device's neighbours: each made its keys for this plan. */
async function readNeighbours(
  { plan, environment }: DeviceContext,
  { neighbours }: Body,
  indices: readonly number[],
  known: KnownEntries,
): Promise<Entry[]> {
  if (neighbours.length !== indices.length) {
    throw invalid(`${neighbours.length} neighbours, not ${indices.length}`)
  }
  const suite = await environment.suite()
  const entries = neighbours.map((body, i) => known.read(indices[i]!, body))
  for (const entry of entries) {
    if (!(await suite.verify(entry.identity, keysStatement(plan, entry), entry.signature))) {
      throw new TacitError('TACIT_NEIGHBOUR_INVALID', { problem: 'it did not sign its keys for this plan' })
    }
  }
  return entries
}

function checkGroup({ plan, masking, own }: DeviceContext, members: number, size: number, groups: number) {
  const refuse = (problem: string) => new TacitError('TACIT_GROUP_TOO_SMALL', { problem })
  const parameters = groupParameters(masking, size, members)
  if (!parameters) throw refuse(`no neighbours and threshold suffice for ${size} devices`)
  const { minimumCohort, minimumThreshold } = own.limits
  if (parameters.threshold < minimumThreshold) {
    throw refuse(`${parameters.threshold} shares open a secret, ${minimumThreshold} are wanted`)
  }
  const minimum = groupMinimum(plan.minimum, plan.largestGroup, groups)
  if (minimum < minimumCohort) {
    throw refuse(`${minimum} survivors of a group may be opened, ${minimumCohort} are wanted`)
  }
  if (size < minimum) throw refuse(`${size} devices, ${minimum} are wanted`)
  const honest = honestSurvivors(masking, parameters, size)
  if (honest < minimumCohort) {
    throw refuse(`its sum is sure of ${honest} honest devices, ${minimumCohort} are wanted`)
  }
  return { parameters, minimum }
}

/**
 * Honest devices that a sum is over at least. An equivocating coordinator may overstate the survivors to each device
 * where neither it nor its neighbours can see; but every device of a sum has a threshold of its neighbours in it.
 */
function honestSurvivors(masking: Masking, parameters: GraphParameters, size: number): number {
  const { neighbours, threshold } = parameters
  const sure = masking.coordinator === 'curious' ? size : Math.floor((size * threshold) / neighbours)
  return sure - adversariesAmong(masking, size)
}

function invalid(problem: string): TacitError {
  return new TacitError('TACIT_ROSTER_INVALID', { problem })
}
