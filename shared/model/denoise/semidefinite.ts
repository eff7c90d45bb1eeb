import { packedTriangle } from '../../kernels/index.js'

/** Sweeps of rotations after which a matrix of any size in use is diagonal to the last bits. */
const MOST_SWEEPS = 30
const NEGLIGIBLE = 1e-28

/** Of a symmetric matrix: entry m of `values` belongs to column m of `vectors`, row-major, orthonormal. */
interface Eigen {
  readonly values: Float64Array
  readonly vectors: Float64Array
}

/**
 * The symmetric matrix nearest to `packed` (in the Frobenius norm) of which no eigenvalue is below `floor`: noise leaves a
 * Gram matrix with negative ones, and those below its own size say nothing. Higham 1988, "Computing a nearest
 * symmetric positive semidefinite matrix", theorem 2.1.
 *
 * @param packed lower triangle by rows, k (k + 1) / 2 finite numbers
 * @param floor at least 0
 */
export function nearestSemidefinite(packed: Float64Array, k: number, floor: number): Float64Array {
  const { values, vectors } = eigen(packed, k)
  if (values.every((value) => value >= floor)) return packed.slice()
  const nearest = new Float64Array(packed.length)
  for (let m = 0; m < k; m++) {
    const value = Math.max(floor, values[m]!)
    for (let i = 0, p = 0; i < k; i++) {
      const scaled = value * vectors[i * k + m]!
      for (let j = 0; j <= i; j++) nearest[p++]! += scaled * vectors[j * k + m]!
    }
  }
  return nearest
}

/** Cyclic Jacobi: Golub and Van Loan, "Matrix Computations", 4th edition, section 8.5. */
function eigen(packed: Float64Array, k: number): Eigen {
  const a = unpacked(packed, k)
  const vectors = new Float64Array(k * k)
  for (let i = 0; i < k; i++) vectors[i * k + i] = 1
  const whole = a.reduce((sum, x) => sum + x * x, 0)
  for (let sweep = 0; sweep < MOST_SWEEPS && offDiagonal(a, k) > NEGLIGIBLE * whole; sweep++) {
    for (let p = 0; p < k; p++) for (let q = p + 1; q < k; q++) rotate(a, vectors, k, p, q)
  }
  return { values: Float64Array.from({ length: k }, (_, i) => a[i * k + i]!), vectors }
}

function unpacked(packed: Float64Array, k: number): Float64Array {
  const a = new Float64Array(k * k)
  for (let i = 0; i < k; i++) {
    for (let j = 0; j <= i; j++) {
      const entry = packed[packedTriangle(i) + j]!
      a[i * k + j] = entry
      a[j * k + i] = entry
    }
  }
  return a
}

function offDiagonal(a: Float64Array, k: number): number {
  let sum = 0
  for (let i = 0; i < k; i++) for (let j = 0; j < i; j++) sum += 2 * a[i * k + j]! * a[i * k + j]!
  return sum
}

/** Makes entry (p, q) zero, and turns the vectors along. */
function rotate(a: Float64Array, vectors: Float64Array, k: number, p: number, q: number): void {
  const apart = a[p * k + q]!
  if (apart === 0) return
  const slope = (a[q * k + q]! - a[p * k + p]!) / (2 * apart)
  const t = (slope >= 0 ? 1 : -1) / (Math.abs(slope) + Math.sqrt(slope * slope + 1))
  const cosine = 1 / Math.sqrt(t * t + 1)
  const sine = t * cosine
  for (let i = 0; i < k; i++) turn(a, i * k + p, i * k + q, cosine, sine)
  for (let i = 0; i < k; i++) turn(a, p * k + i, q * k + i, cosine, sine)
  for (let i = 0; i < k; i++) turn(vectors, i * k + p, i * k + q, cosine, sine)
}

function turn(a: Float64Array, at: number, other: number, cosine: number, sine: number): void {
  const x = a[at]!
  const y = a[other]!
  a[at] = cosine * x - sine * y
  a[other] = sine * x + cosine * y
}
