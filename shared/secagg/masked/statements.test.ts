import { describe, expect, it } from 'vitest'
import { bytesToHex } from '../../bytes/index.js'
import type { SumPlan } from '../secure-sum.js'
import * as statements from './statements.js'

const bytes = (fill: number) => new Uint8Array(32).fill(fill)
const PLAN: SumPlan = {
  planHash: 'ab'.repeat(32),
  roundId: 'cd'.repeat(16),
  round: 3,
  minimum: 2,
  largestGroup: 100,
  length: 10,
  modulusBits: 24,
  masking: undefined,
}
const OTHER_PLAN = { ...PLAN, planHash: 'ac'.repeat(32) }
const KEYS = { identity: bytes(1), channel: bytes(2), mask: bytes(3), commitment: bytes(4) }
const ROSTER = { attempt: 1, members: 2, root: bytes(5), names: new Uint8Array(16) }
const CONFIG = {
  roster: bytes(6),
  group: 1,
  size: 20,
  parameters: { neighbours: 8, threshold: 4 },
  seed: bytes(7),
}

/** Each statement, by the first of its variants, and what must all differ from it. */
const VARIANTS: Readonly<Record<string, readonly Uint8Array[]>> = {
  keys: [
    statements.keysStatement(PLAN, KEYS),
    statements.keysStatement(OTHER_PLAN, KEYS),
    ...Object.keys(KEYS).map((key) => statements.keysStatement(PLAN, { ...KEYS, [key]: bytes(9) })),
    statements.keysStatement(PLAN, { ...KEYS, channel: KEYS.mask, mask: KEYS.channel }),
  ],
  roster: [
    statements.rosterDigest(PLAN, ROSTER),
    statements.rosterDigest(OTHER_PLAN, ROSTER),
    statements.rosterDigest(PLAN, { ...ROSTER, attempt: 2 }),
    statements.rosterDigest(PLAN, { ...ROSTER, members: 1 }),
    statements.rosterDigest(PLAN, { ...ROSTER, root: bytes(9) }),
    statements.rosterDigest(PLAN, { ...ROSTER, names: new Uint8Array(16).fill(1) }),
  ],
  reveal: [
    statements.revealStatement(bytes(1), bytes(2)),
    statements.revealStatement(bytes(3), bytes(2)),
    statements.revealStatement(bytes(1), bytes(3)),
  ],
  config: [
    statements.configDigest(PLAN, CONFIG),
    statements.configDigest(OTHER_PLAN, CONFIG),
    statements.configDigest({ ...PLAN, length: 11 }, CONFIG),
    statements.configDigest({ ...PLAN, modulusBits: 25 }, CONFIG),
    statements.configDigest(PLAN, { ...CONFIG, roster: bytes(9) }),
    statements.configDigest(PLAN, { ...CONFIG, group: 0 }),
    statements.configDigest(PLAN, { ...CONFIG, size: 21 }),
    statements.configDigest(PLAN, { ...CONFIG, parameters: { neighbours: 9, threshold: 4 } }),
    statements.configDigest(PLAN, { ...CONFIG, parameters: { neighbours: 8, threshold: 5 } }),
    statements.configDigest(PLAN, { ...CONFIG, seed: bytes(9) }),
  ],
  channel: [
    statements.channelKey(bytes(1), bytes(2), 0, 1),
    statements.channelKey(bytes(3), bytes(2), 0, 1),
    statements.channelKey(bytes(1), bytes(3), 0, 1),
    statements.channelKey(bytes(1), bytes(2), 1, 0),
    statements.channelKey(bytes(1), bytes(2), 0, 2),
    statements.channelKey(bytes(1), bytes(2), 2, 1),
  ],
  shares: [
    statements.shareData(bytes(1), 0, 1),
    statements.shareData(bytes(2), 0, 1),
    statements.shareData(bytes(1), 1, 0),
    statements.shareData(bytes(1), 0, 2),
  ],
  pairMask: [
    statements.pairMaskKey(bytes(1), bytes(2), 0, 1),
    statements.pairMaskKey(bytes(3), bytes(2), 0, 1),
    statements.pairMaskKey(bytes(1), bytes(3), 0, 1),
    statements.pairMaskKey(bytes(1), bytes(2), 0, 2),
    statements.pairMaskKey(bytes(1), bytes(2), 1, 2),
  ],
  selfMask: [
    statements.selfMaskKey(bytes(1), bytes(2)),
    statements.selfMaskKey(bytes(3), bytes(2)),
    statements.selfMaskKey(bytes(1), bytes(3)),
  ],
  selfMaskCommitment: [
    statements.selfMaskCommitment(bytes(1), bytes(2), 0),
    statements.selfMaskCommitment(bytes(3), bytes(2), 0),
    statements.selfMaskCommitment(bytes(1), bytes(3), 0),
    statements.selfMaskCommitment(bytes(1), bytes(2), 1),
  ],
  survivors: [
    statements.survivorsStatement(bytes(1), bytes(2)),
    statements.survivorsStatement(bytes(3), bytes(2)),
    statements.survivorsStatement(bytes(1), bytes(3)),
  ],
}

describe('what is hashed, signed or derived', () => {
  it.each(Object.entries(VARIANTS))('%s depends on all that it is made of', (_name, variants) => {
    expect(new Set(variants.map(bytesToHex)).size).toBe(variants.length)
  })

  it('is never the same for two uses', () => {
    const [config, secret] = [bytes(1), bytes(1)]
    const keys = [
      statements.channelKey(secret, config, 0, 1),
      statements.pairMaskKey(secret, config, 0, 1),
      statements.selfMaskKey(secret, config),
      statements.selfMaskCommitment(secret, config, 0),
    ]
    const texts = [
      statements.shareData(config, 0, 1),
      statements.survivorsStatement(config, secret),
      statements.revealStatement(config, secret),
    ]
    expect(new Set([...keys, ...texts].map(bytesToHex)).size).toBe(7)
    for (const key of keys) expect(key).toHaveLength(32)
  })

  it('masks a pair with one key, which one of them adds and the other subtracts', () => {
    expect(statements.pairMaskKey(bytes(1), bytes(2), 4, 7)).toEqual(
      statements.pairMaskKey(bytes(1), bytes(2), 7, 4),
    )
    expect([statements.pairMaskSign(4, 7), statements.pairMaskSign(7, 4)]).toEqual([1, -1])
  })
})
