import * as nodeCrypto from 'node:crypto'
import type { NodeCrypto } from '../node.js'
import type { SubtleLike } from '../web.js'

export const node = nodeCrypto as unknown as NodeCrypto
export const subtle = nodeCrypto.webcrypto.subtle as unknown as SubtleLike
