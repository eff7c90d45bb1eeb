export { ERROR_CATALOGUE, type ErrorCode, type ErrorEntry } from './catalogue.js'
export { codeOf, type ErrorDetails, isErrorCode, TacitError } from './tacit-error.js'
