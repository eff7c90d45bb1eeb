export { type Inclusion, inclusionHolds } from './inclusion.js'
export { MerkleTree } from './tree.js'
