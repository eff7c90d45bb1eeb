import * as z from 'zod/mini'

/** The version of the messages and frames in this folder. */
export const PROTOCOL_VERSION = 1

const hex = (digits: number) => z.string().check(z.regex(new RegExp(`^[0-9a-f]{${digits}}$`)))
export const hashSchema = hex(64)
export const roundIdSchema = hex(32)
export const nameSchema = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._@:-]{0,63}$/))

const count = z.int().check(z.gte(0), z.lte(2 ** 31 - 1))
const positive = z.number().check(z.positive(), z.lte(Number.MAX_VALUE))

export const segmentSchema = z.strictObject({
  name: z.string().check(z.minLength(1), z.maxLength(64)),
  shape: z.array(count).check(z.minLength(1), z.maxLength(2)),
  range: positive,
  clip: positive,
  weight: z.number().check(z.gte(0), z.lte(Number.MAX_VALUE)),
  rowClip: z.optional(positive),
})

/** See `Masking` of the secure sums. */
const maskingSchema = z.strictObject({
  coordinator: z.enum(['curious', 'equivocating']),
  adversarial: z.number().check(z.gte(0), z.lt(1)),
  dropout: z.number().check(z.gte(0), z.lt(1)),
  identity: z.enum(['certified', 'anonymous']),
})

/** How the round's sum is made differentially private, a whole device at a time. See ./round-noise.ts. */
const privacySchema = z.strictObject({
  /** Who adds noise: every device enough for itself, all devices together, or the coordinator. */
  mode: z.enum(['local', 'distributed', 'central']),
  mechanism: z.enum(['skellam', 'discrete-gaussian']),
  /** C: largest joint L2 norm of the weighted segments of a device's model update. */
  clip: positive,
  /** z: standard deviation of the noise over the sensitivity: of a device's own vector in `local`, else of the sum. */
  noiseMultiplier: positive,
  /** q: probability of the coin that a device flips before it takes part; 1 for none. */
  sampling: z.number().check(z.gt(0), z.lte(1)),
  /** Share of the smallest cohort whose noise is not counted on, for it may collude. */
  adversarial: z.number().check(z.gte(0), z.lt(1)),
  /**
   * Survivors below which no group may be opened, where a cohort may have several: they have to make the noise that
   * protects from the coordinator. The round's minimum where it is not said.
   */
  smallestGroup: z.optional(count.check(z.gte(2))),
  /**
   * Devices whose noise a release has, where they flip coins: the coordinator makes up for those that stayed away, so that
   * the amount of noise is the same however many took part. See ./coins.ts.
   */
  noiseMakers: z.optional(count.check(z.gte(1))),
  /** Whether vectors are rotated before they are rounded: see ./rotation.ts. Without it they are not. */
  rotate: z.optional(z.boolean()),
})
export type PlanPrivacy = z.infer<typeof privacySchema>

/** What a round is about, fixed before anyone joins. A device trains for this plan and no other. */
export const planSchema = z.strictObject({
  task: nameSchema,
  round: count,
  roundId: roundIdSchema,
  model: z.strictObject({
    name: nameSchema,
    settings: z.record(z.string().check(z.maxLength(64)), z.number()),
    /** Declared number of devices of the task, and the share of them planned per round. */
    population: count,
    share: z.number().check(z.gt(0), z.lte(1)),
    /** Hash of the model to train from: see `modelHash`. */
    hash: hashSchema,
  }),
  catalogue: z.strictObject({ hash: hashSchema, items: count }),
  block: z.strictObject({ from: count, to: count }),
  layout: z.array(segmentSchema).check(z.minLength(1), z.maxLength(64)),
  /** q: bits of one quantised value. */
  quantisationBits: z.int().check(z.gte(2), z.lte(31)),
  /** b: sums are taken modulo 2^b. */
  modulusBits: z.int().check(z.gte(2), z.lte(32)),
  secureSum: nameSchema,
  /** With a secure sum that masks, and with no other. */
  masking: z.optional(maskingSchema),
  largestGroup: count,
  /** Devices below which nothing is released. */
  minimumCohort: count,
  privacy: z.optional(privacySchema),
})
export type RoundPlan = z.infer<typeof planSchema>
