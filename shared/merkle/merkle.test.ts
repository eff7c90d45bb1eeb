import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex, concatBytes, hexToBytes } from '../bytes/index.js'
import { type Inclusion, inclusionHolds, MerkleTree } from './index.js'

// The reference vectors of Certificate Transparency: transparency-dev/merkle, testonly/constants.go.
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
]

const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

// Its reference_test.go, TestRefInclusionProof.
const PATHS: readonly [index: number, size: number, path: readonly string[]][] = [
  [0, 1, []],
  [0, 2, ['96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7']],
  [1, 2, ['6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d']],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    1,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
]

const treeOf = (size: number) => new MerkleTree(LEAVES.slice(0, size).map(hexToBytes))

describe('the reference vectors', () => {
  it.each([...ROOTS.entries()])('have the root of %d leaves', (size, root) => {
    expect(bytesToHex(treeOf(size).root)).toBe(root)
  })

  it.each(PATHS)('have the path of leaf %d of %d', (index, size, path) => {
    const proof = treeOf(size).proof(index)
    expect(bytesToHex(proof)).toBe(path.join(''))
    const root = hexToBytes(ROOTS[size]!)
    expect(inclusionHolds({ root, size, index, leaf: hexToBytes(LEAVES[index]!), proof })).toBe(true)
  })
})

const hash = (...parts: Uint8Array[]) =>
  new Uint8Array(
    createHash('sha256')
      .update(concatBytes(...parts))
      .digest(),
  )

/** The largest power of two below n. */
function split(n: number): number {
  let k = 1
  while (2 * k < n) k *= 2
  return k
}

/** MTH of RFC 9162, section 2.1.1, as it is written there. */
function treeHash(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return hash()
  if (leaves.length === 1) return hash(Uint8Array.of(0), leaves[0]!)
  const k = split(leaves.length)
  return hash(Uint8Array.of(1), treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)))
}

/** PATH of section 2.1.3.1, as it is written there. */
function auditPath(index: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return []
  const k = split(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return index < k
    ? [...auditPath(index, left), treeHash(right)]
    : [...auditPath(index - k, right), treeHash(left)]
}

const MOST = 70
const leavesOf = (size: number) => Array.from({ length: size }, (_, i) => new Uint8Array(i % 40).fill(i))
const sizes = Array.from({ length: MOST }, (_, i) => i + 1)

function inclusionOf(tree: MerkleTree, leaves: readonly Uint8Array[], index: number): Inclusion {
  return { root: tree.root, size: tree.size, index, leaf: leaves[index]!, proof: tree.proof(index) }
}

/** Every leaf of every size up to MOST. */
const claims = fc
  .integer({ min: 1, max: MOST })
  .chain((size) => fc.record({ size: fc.constant(size), index: fc.nat(size - 1) }))
  .map(({ size, index }) => inclusionOf(new MerkleTree(leavesOf(size)), leavesOf(size), index))

describe('a Merkle tree of any size', () => {
  it('is that of the definition, root and every path, and each path holds', () => {
    for (const size of sizes) {
      const leaves = leavesOf(size)
      const tree = new MerkleTree(leaves)
      expect(bytesToHex(tree.root)).toBe(bytesToHex(treeHash(leaves)))
      const paths = leaves.map((_, index) => bytesToHex(tree.proof(index)))
      expect(paths).toEqual(leaves.map((_, index) => bytesToHex(concatBytes(...auditPath(index, leaves)))))
      expect(leaves.every((_, index) => inclusionHolds(inclusionOf(tree, leaves, index)))).toBe(true)
    }
  })

  it('is not changed by who writes into what it gave out', () => {
    const leaves = leavesOf(5)
    const tree = new MerkleTree(leaves)
    const { root } = new MerkleTree(leaves)
    tree.root.fill(0)
    tree.proof(3).fill(0)
    leaves[3]!.fill(99)
    expect(inclusionHolds({ ...inclusionOf(tree, leavesOf(5), 3), root })).toBe(true)
  })

  it.each([-1, 0.5, 3, Number.NaN])('has no proof for index %d of 3', (index) => {
    expect(() => new MerkleTree(leavesOf(3)).proof(index)).toThrow(RangeError)
  })
})

describe('inclusionHolds refuses', () => {
  it('every other index', () => {
    for (const size of sizes.filter((size) => size <= 24 || size > 66)) {
      const leaves = leavesOf(size)
      const tree = new MerkleTree(leaves)
      for (let index = 0; index < size; index += size <= 24 ? 1 : 9) {
        const inclusion = inclusionOf(tree, leaves, index)
        const all = Array.from({ length: size + 3 }, (_, other) => other)
        expect(all.filter((other) => inclusionHolds({ ...inclusion, index: other }))).toEqual([index])
      }
    }
  })

  it('the root of another size, whichever size is claimed', () => {
    const roots = sizes.map((size) => new MerkleTree(leavesOf(size)).root)
    for (const size of sizes) {
      const inclusion = inclusionOf(new MerkleTree(leavesOf(size)), leavesOf(size), 0)
      const held = sizes.filter((other) => {
        const root = roots[other - 1]!
        return inclusionHolds({ ...inclusion, root }) || inclusionHolds({ ...inclusion, root, size: other })
      })
      expect(held).toEqual([size])
    }
  })

  it('another size under the same root where the shape of the path differs, and only there', () => {
    const inclusion = inclusionOf(new MerkleTree(leavesOf(8)), leavesOf(8), 0)
    expect(sizes.filter((size) => inclusionHolds({ ...inclusion, size }))).toEqual([5, 6, 7, 8])
    // The last of an odd level has a path of its own.
    const last = inclusionOf(new MerkleTree(leavesOf(7)), leavesOf(7), 6)
    expect(sizes.filter((size) => inclusionHolds({ ...last, size }))).toEqual([7])
  })

  it('another leaf, another root, a path with a bit changed, cut short or longer', () => {
    fc.assert(
      fc.property(claims, fc.nat(), fc.nat(7), (inclusion, draw, bit) => {
        const flip = (bytes: Uint8Array) =>
          bytes.with(draw % bytes.length, bytes[draw % bytes.length]! ^ (1 << bit))
        const { root, leaf, proof } = inclusion
        const cut =
          proof.length === 0 ? [] : [proof.slice(32), proof.slice(0, -32), proof.slice(0, -1), flip(proof)]
        const longer = [
          concatBytes(proof, root),
          concatBytes(root, proof),
          concatBytes(proof, Uint8Array.of(0)),
        ]
        const wrong: Inclusion[] = [
          { ...inclusion, root: flip(root) },
          { ...inclusion, leaf: concatBytes(leaf, Uint8Array.of(draw)) },
          ...[...cut, ...longer].map((other) => ({ ...inclusion, proof: other })),
        ]
        expect(inclusionHolds(inclusion)).toBe(true)
        for (const claim of wrong) expect(inclusionHolds(claim)).toBe(false)
      }),
      { numRuns: 300 },
    )
  })

  it('a node for a leaf', () => {
    const leaves = leavesOf(4)
    const { root } = new MerkleTree(leaves)
    const [left, right] = [treeHash(leaves.slice(0, 2)), treeHash(leaves.slice(2))]
    const pair = concatBytes(treeHash([leaves[0]!]), treeHash([leaves[1]!]))
    expect(inclusionHolds({ root, size: 2, index: 0, leaf: pair, proof: right })).toBe(false)
    expect(
      inclusionHolds({ root, size: 1, index: 0, leaf: concatBytes(left, right), proof: new Uint8Array() }),
    ).toBe(false)
  })

  it('a path of the wrong shape, under a root that was made for it', () => {
    const leaf = Uint8Array.of(7)
    const claim = (size: number, sibling: Uint8Array): Inclusion => {
      const root = hash(Uint8Array.of(1), sibling, treeHash([leaf]))
      return { root, size, index: size - 1, leaf, proof: sibling }
    }
    expect(inclusionHolds(claim(2, new Uint8Array(32)))).toBe(true)
    expect(inclusionHolds(claim(1, new Uint8Array(32)))).toBe(false)
    expect(inclusionHolds(claim(2, new Uint8Array(16)))).toBe(false)
  })

  const sound = inclusionOf(new MerkleTree(leavesOf(6)), leavesOf(6), 2)
  const lone = { root: treeHash([sound.leaf]), proof: new Uint8Array() }
  const malformed: [string, Partial<Inclusion>][] = [
    ['an index below 0', { index: -1 }],
    ['an index below 0 in a tree of one leaf', { index: -1, size: 1, ...lone }],
    ['an index that is no integer', { index: 2.5 }],
    ['an index that is no number', { index: Number.NaN }],
    ['an index beyond the tree', { index: 6 }],
    ['a tree without leaves', { size: 0, index: 0 }],
    ['a size that is no integer', { size: 6.5 }],
    ['a size beyond all', { size: Number.POSITIVE_INFINITY }],
    ['a size beyond the exact ones', { size: 2 ** 53 }],
    ['a short root', { root: sound.root.slice(0, 31) }],
    ['no root', { root: new Uint8Array() }],
    ['a path of half hashes', { proof: sound.proof.slice(0, 48) }],
    ['no path', { proof: new Uint8Array() }],
  ]
  it.each(malformed)('%s, without an error', (_, change) => {
    expect(inclusionHolds({ ...sound, ...change })).toBe(false)
  })
})

it('holds for an index beyond 32 bits', () => {
  const leaf = Uint8Array.of(7)
  const path = Array.from({ length: 40 }, (_, i) => new Uint8Array(32).fill(i))
  const index = 2 ** 39 + 5
  let root = hash(Uint8Array.of(0), leaf)
  for (const [level, sibling] of path.entries()) {
    const isRight = Math.floor(index / 2 ** level) % 2 === 1
    root = hash(Uint8Array.of(1), ...(isRight ? [sibling, root] : [root, sibling]))
  }
  const claim = { root, size: 2 ** 40, index, leaf, proof: concatBytes(...path) }
  expect(inclusionHolds(claim)).toBe(true)
  expect(inclusionHolds({ ...claim, index: 5 })).toBe(false)
})
