import type { Json } from '../bytes/index.js'
import type { Compute, Member, PartialSum, SumFailure } from './secure-sum.js'

/** What one group of a cohort agrees on. */
export interface GroupPlan {
  readonly group: number
  readonly members: readonly Member[]
  /** Survivors below which nothing of the group may be opened. */
  readonly minimum: number
  readonly length: number
  readonly modulusBits: number
}

/** As the effects of a whole cohort, for one group, whose clock is its own number. */
export type GroupEffect =
  | { readonly type: 'send'; readonly to: Member; readonly step: string; readonly body: Json }
  | { readonly type: 'phase'; readonly kind: 'step' | 'upload' }
  | { readonly type: 'rest' }
  | { readonly type: 'dropped'; readonly members: readonly Member[] }
  | { readonly type: 'blamed'; readonly member: Member; readonly problem: string }
  | { readonly type: 'gather'; readonly members: readonly Member[] }
  /** These members' vectors are in, and `open()` may follow. */
  | { readonly type: 'ready'; readonly members: readonly Member[] }
  /** Words modulo 2^32, of which the low b bits count. */
  | { readonly type: 'sum'; readonly words: Uint32Array; readonly members: readonly Member[] }
  | { readonly type: 'failed'; readonly reason: SumFailure }
  | Compute<GroupEffect>

/** One group of a cohort on the coordinator. */
export interface GroupMachine {
  readonly phase: string
  start(): GroupEffect[]
  receive(member: Member, step: string, body: Json): GroupEffect[]
  expectsVector(member: Member): boolean
  vector(member: Member, packed?: Uint8Array): GroupEffect[]
  merge(partial: PartialSum): GroupEffect[]
  leave(member: Member): GroupEffect[]
  deadline(): GroupEffect[]
  open(): GroupEffect[]
  resume(member: Member): GroupEffect[]
}
