export { type CredentialFetch, type HttpCredentialsOptions, httpCredentials } from './http-credentials.js'
export { CredentialPool, type CredentialPoolOptions, type FetchCredentials } from './pool.js'
