export { canonicalJson, type Json } from './canonical-json.js'
export { decodeFloat32, decodeFloat64, encodeFloat32, encodeFloat64 } from './floats.js'
export { hashJson, sha256Hex } from './hash.js'
export { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from './hex.js'
