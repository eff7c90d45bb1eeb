import { bytesToHex, type Json, sha256Hex, utf8ToBytes } from '../../../bytes/index.js'
import {
  ed25519IssuerKey,
  issueCredential,
  publicJwks,
  trustedIssuer,
  verifyCredential,
} from '../../../credentials/index.js'
import type { CryptoSuite } from '../../../crypto/index.js'
import { SimulatedSecrets } from '../../../random/index.js'
import type { Masking } from '../../masking.js'
import type { Member, RoundIdentity, SecureSum, SumPlan } from '../../secure-sum.js'
import type { MaskedEnvironment } from '../environment.js'
import { maskedSum } from '../masked.js'
import { play } from './play.js'
import { RecordedSecrets } from './recorded-secrets.js'
import type { RoundOptions, Step } from './round.js'

/**
 * A whole round from fixed seeds: every key and every byte of every message, the same wherever it runs. Here
 * alone are secrets fixed; no export of the package leads here.
 */
export interface Transcript {
  readonly plan: SumPlan
  /** Whose Ed25519 key signs the credentials, public and in hexadecimal digits, as all bytes here. */
  readonly issuer: string
  readonly graph: TranscriptGraph
  readonly devices: readonly TranscriptDevice[]
  /** In order: of what a device says, when it says it, and of what it hears, when it hears it. */
  readonly messages: readonly TranscriptMessage[]
  readonly survivors: readonly Member[]
  readonly sums: readonly number[]
}

export interface TranscriptGraph {
  readonly neighbours: number
  readonly threshold: number
  /** H_cfg. */
  readonly config: string
  /** Of each device. */
  readonly places: readonly number[]
}

/** What a device contributes, and its secrets, 32 bytes each. */
export interface TranscriptDevice {
  readonly vector: readonly number[]
  readonly identity: string
  readonly credential: string
  readonly channel: string
  readonly mask: string
  readonly chain: string
  readonly self: string
  /** Of the polynomials that share `self`, then of those that share `mask`. */
  readonly coefficients: readonly string[]
}

export interface TranscriptMessage {
  readonly device: number
  readonly direction: 'says' | 'hears'
  readonly step: string
  /** Length and SHA-256 of its JSON, or of the packed vector. */
  readonly bytes: number
  readonly sha256: string
  /** In full where it is the first of its step; a packed vector in hexadecimal digits. */
  readonly body?: Json
}

const DEVICES = 8
const LENGTH = 21
const ROUND = 12
/** A graph with an edge less than all, and shares by polynomials of a degree above 1. */
const MASKING: Masking = {
  coordinator: 'curious',
  adversarial: 0.2,
  dropout: 0.0001,
  identity: 'certified',
}
/** Words and their packing end within a byte. */
const MODULUS_BITS = 19
const SEED = 2026
const ISSUER_SEED = 2027
const IDENTITY_SEED = 2028

/** Devices that are lost, each before this step: one whose mask key is opened, and one that counts. */
export const LOST: ReadonlyMap<number, Step> = new Map([
  [2, 'upload'],
  [5, 'consistency'],
])

/**
 * Plays the round.
 * @param suites the devices' in turn, from device 0 on and over again; the first is the coordinator's too
 */
export async function playTranscript(suites: readonly CryptoSuite[]): Promise<Transcript> {
  const issuer = await fixedIssuer(suites[0]!)
  const environmentOf = (suite: CryptoSuite): MaskedEnvironment => ({
    suite: async () => suite,
    verifyCredential: issuer.verify,
  })
  const identities = await Promise.all(Array.from({ length: DEVICES }, (_, device) => issuer.certify(device)))
  const drawn: string[][] = identities.map(() => [])
  const messages = new Messages()
  const { round, end, graph } = await play({
    devices: DEVICES,
    plan: { round: ROUND, length: LENGTH, modulusBits: MODULUS_BITS, largestGroup: DEVICES, minimum: 4 },
    masking: MASKING,
    backend: () => mixed(suites.map(environmentOf)),
    own: (device) => ({
      // Overwritten in the course of the round: what is kept is a text.
      random: new RecordedSecrets({ seed: SEED, device }, (bytes) => drawn[device]!.push(bytesToHex(bytes))),
      identity: identities[device]!,
      limits: { minimumCohort: 4, minimumThreshold: 3 },
    }),
    vectorOf,
    vanishes: (device) => LOST.get(device),
    ...messages.tap,
  })
  return {
    plan: round.plan,
    issuer: issuer.publicKey,
    graph: {
      neighbours: graph.parameters.neighbours,
      threshold: graph.parameters.threshold,
      config: bytesToHex(graph.config),
      places: identities.map((_, device) => graph.placeOf(device)),
    },
    devices: identities.map((identity, device) => described(device, identity, drawn[device]!)),
    messages: messages.all,
    survivors: end.survivors,
    sums: [...(end.sums ?? [])],
  }
}

/** Words of which the sum over all devices is below 2^18. */
function vectorOf(device: number): Uint32Array {
  return Uint32Array.from({ length: LENGTH }, (_, i) => (7919 * (device + 1) + 10_007 * i) & 0x7fff)
}

function described(device: number, identity: RoundIdentity, drawn: readonly string[]): TranscriptDevice {
  const [channel = '', mask = '', chain = '', self = '', ...coefficients] = drawn
  const { credential } = identity
  const own = { identity: identitySeed(device), credential, channel, mask, chain, self, coefficients }
  return { vector: [...vectorOf(device)], ...own }
}

/** Every device's backend on a suite of its own. */
function mixed(environments: readonly MaskedEnvironment[]): SecureSum {
  const backends = environments.map(maskedSum)
  let devices = 0
  return {
    ...backends[0]!,
    device: (plan, own) => backends[devices++ % backends.length]!.device(plan, own),
  }
}

const ISSUER = { issuer: 'https://shop.example', audience: 'homepage' }
/** Noon, 5 January 2026, UTC. */
const NOW_MS = 1_767_614_400_000
const LIFETIME_MS = 2 * 60 * 60 * 1000

async function fixedIssuer(suite: CryptoSuite) {
  const key = await ed25519IssuerKey('fixed', fixedBytes(ISSUER_SEED, 0), suite)
  const trust = trustedIssuer({ ...ISSUER, jwks: publicJwks([key]) })
  const certify = async (device: number): Promise<RoundIdentity> => {
    const seed = fixedBytes(IDENTITY_SEED, device)
    const { publicKey } = await suite.signingKey(seed)
    const order = { key, ...ISSUER, publicKey, round: ROUND, nowMs: NOW_MS, lifetimeMs: LIFETIME_MS }
    return { seed, credential: await issueCredential(order, suite) }
  }
  const verify: MaskedEnvironment['verifyCredential'] = (credential, identity, round, own) =>
    verifyCredential(credential, identity, { round }, trust, NOW_MS, own)
  return { publicKey: bytesToHex(key.publicKey), certify, verify }
}

function identitySeed(device: number): string {
  return bytesToHex(fixedBytes(IDENTITY_SEED, device))
}

function fixedBytes(seed: number, device: number): Uint8Array<ArrayBuffer> {
  return new SimulatedSecrets({ seed, device }).bytes(32)
}

/** Writes down what passes, and changes nothing. */
class Messages {
  readonly all: TranscriptMessage[] = []
  readonly #steps = new Set<string>()

  readonly tap: Pick<RoundOptions, 'tamperUp' | 'tamperDown' | 'tamperVector'> = {
    tamperUp: (device, step, body) => this.#json(device, 'says', step, body),
    tamperDown: (device, step, body) => this.#json(device, 'hears', step, body),
    tamperVector: (device, packed) => {
      this.#add({ device, direction: 'says', step: 'upload' }, packed, bytesToHex(packed))
      return packed
    },
  }

  #json(device: number, direction: TranscriptMessage['direction'], step: string, body: Json): Json {
    this.#add({ device, direction, step }, utf8ToBytes(JSON.stringify(body)), body)
    return body
  }

  #add(about: Pick<TranscriptMessage, 'device' | 'direction' | 'step'>, bytes: Uint8Array, body: Json): void {
    const message = { ...about, bytes: bytes.length, sha256: sha256Hex(bytes) }
    // No step has the name of another in the other direction.
    this.all.push(this.#steps.has(about.step) ? message : { ...message, body })
    this.#steps.add(about.step)
  }
}
