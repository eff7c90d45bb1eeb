export {
  type CredentialAnswer,
  type CredentialRequest,
  credentialRequest,
  MAX_KEYS_PER_REQUEST,
  parseCredentialAnswer,
  parseCredentialRequest,
  type RoundKey,
} from './exchange.js'
export {
  type CredentialOrder,
  ed25519IssuerKey,
  type IssuerKey,
  issueCredential,
  type Jwks,
  publicJwks,
} from './issue.js'
export { type TrustedIssuer, type TrustedKey, trustedIssuer } from './jwks.js'
export { OnePerRound, type OnePerRoundOptions } from './one-per-round.js'
export type { Algorithm } from './schemas.js'
export {
  type CredentialClaims,
  type CredentialHeader,
  MAX_CREDENTIAL_CHARS,
  type ParsedCredential,
  parseCredential,
} from './token.js'
export {
  CLOCK_SKEW_MS,
  type CredentialUse,
  MAX_LIFETIME_MS,
  ROUND_MARGIN_MS,
  verifyCredential,
} from './verify.js'
