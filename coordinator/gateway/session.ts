import { timingSafeEqual } from 'node:crypto'
import type { Member } from '@tacit/shared/secagg'
import type { Connection } from './connection.js'
import type { Due } from './sweep.js'
import type { VectorIntake } from './vector-intake.js'

/** A device at the gateway, from its hello until it is gone for good. Outlives its socket for a while. */
export class Session implements Due {
  readonly device: Member
  readonly task: string
  /** 128 bits as hexadecimal digits; knowing it is what makes a newcomer this session's device. */
  readonly token: string
  readonly intake: VectorIntake
  /** None while the session is detached. */
  connection: Connection | undefined
  /** End of the resume window, of a detached session. */
  dueAt = Number.POSITIVE_INFINITY

  constructor(device: Member, task: string, token: string, intake: VectorIntake) {
    this.device = device
    this.task = task
    this.token = token
    this.intake = intake
  }

  /** Compares in constant time. */
  isOwnedBy(token: string | undefined): boolean {
    if (token?.length !== this.token.length) return false
    return timingSafeEqual(Buffer.from(token), Buffer.from(this.token))
  }
}
