export { RefreshedIssuer, type RefreshedIssuerOptions } from './refreshed-issuer.js'
