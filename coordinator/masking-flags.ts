import { TacitError } from '@tacit/shared/errors'
import { systemTimers } from './gateway/index.js'
import { RefreshedIssuer, type RefreshedIssuerOptions } from './issuer/index.js'
import { TASK_DEFAULTS, type TaskDefinition } from './task/index.js'

/** The flags that say how vectors are summed, as they were read. */
export interface MaskingFlags {
  readonly task: string
  readonly secureSum: 'masked' | 'plain'
  readonly jwks?: string | undefined
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  readonly anonymous?: boolean | undefined
  readonly adversarial?: number | undefined
  readonly dropout?: number | undefined
  readonly curious?: boolean | undefined
}

type Summing = Pick<TaskDefinition, 'secureSum' | 'masking' | 'withoutParameters'>

/** What of a task the flags decide. @throws TACIT_FLAG_INVALID for flags that do not go together */
export function summingOf(flags: MaskingFlags): Summing {
  const { secureSum, jwks, issuer, audience, anonymous, adversarial, dropout, curious } = flags
  if (secureSum === 'plain') {
    const masking = { jwks, issuer, audience, anonymous, adversarial, dropout, curious }
    for (const [name, value] of Object.entries(masking))
      if (value !== undefined) refuse(`--${name}`, 'it goes with --secure-sum masked alone')
    return { secureSum }
  }
  if (anonymous && (jwks ?? issuer ?? audience) !== undefined)
    refuse(
      '--anonymous',
      'it does not go with --jwks, --issuer and --audience: nobody vouches for anonymous devices',
    )
  if (!anonymous && jwks === undefined) {
    refuse(
      '--jwks',
      'a masked sum wants to know who vouches for devices. Give the keys of your issuer (docs/credentials.md), ' +
        'or --anonymous to do without, which protects no device from a coordinator that invents others',
    )
  }
  if (!anonymous && issuer === undefined)
    refuse('--issuer', 'the name in the credentials of --jwks is wanted')
  const { masking } = TASK_DEFAULTS
  return {
    secureSum,
    masking: {
      ...masking,
      adversarial: adversarial ?? masking.adversarial,
      dropout: dropout ?? masking.dropout,
      identity: anonymous ? 'anonymous' : 'certified',
    },
    withoutParameters: curious ? 'curious' : 'refuse',
  }
}

/**
 * Who vouches for the task's devices, where somebody does.
 * @throws TACIT_DATA_UNREADABLE, TACIT_CONFIG_INVALID
 */
export async function issuerOf(
  { task, jwks, issuer, audience = task }: MaskingFlags,
  logger: RefreshedIssuerOptions['logger'],
): Promise<RefreshedIssuer | undefined> {
  if (jwks === undefined || issuer === undefined) return undefined
  return RefreshedIssuer.start({ issuer, audience, jwks, timers: systemTimers, jitter: Math.random, logger })
}

function refuse(flag: string, problem: string): never {
  throw new TacitError('TACIT_FLAG_INVALID', { flag, problem })
}
