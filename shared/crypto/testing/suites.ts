import { nobleSuite } from '../noble.js'
import { nodeSuite } from '../node.js'
import type { CryptoSuite } from '../suite.js'
import { webSuite } from '../web.js'
import { node, subtle } from './modules.js'

/** All three, on Node. */
export const suites: readonly CryptoSuite[] = [nodeSuite(node), webSuite(subtle), nobleSuite()]
