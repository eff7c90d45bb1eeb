export { credentialCheck } from './credential-check.js'
export { RefreshedIssuer, type RefreshedIssuerOptions } from './refreshed-issuer.js'
