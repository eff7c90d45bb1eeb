import { createHash } from 'node:crypto'
import { useSha256 } from '@tacit/shared/bytes'

// A release is hashed whole, every round.
useSha256((bytes) => createHash('sha256').update(bytes).digest())
