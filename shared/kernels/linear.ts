/**
 * Small dense linear algebra in 64-bit floats, summed in one fixed order so that results agree to the bit
 * on every platform. Symmetric k x k matrices are packed: row i of the lower triangle starts at
 * i(i+1)/2 and holds columns 0..i.
 */

/** Numbers in a packed symmetric k x k matrix. */
export function packedTriangle(k: number): number {
  return (k * (k + 1)) / 2
}

/** a += weight * x xT, x being k numbers of `table` from `at`. */
export function addOuter(a: Float64Array, table: ArrayLike<number>, at: number, k: number, weight = 1): void {
  let p = 0
  for (let i = 0; i < k; i++) {
    const xi = table[at + i]! * weight
    for (let j = 0; j <= i; j++) a[p++]! += xi * table[at + j]!
  }
}

/** The packed Gram matrix XT X of a rows x k table. */
export function gram(table: ArrayLike<number>, rows: number, k: number): Float64Array<ArrayBuffer> {
  const a = new Float64Array(packedTriangle(k))
  for (let r = 0; r < rows; r++) addOuter(a, table, r * k, k)
  return a
}

/** y = A x for a packed symmetric A. */
export function multiplySymmetric(
  a: Float64Array,
  x: ArrayLike<number>,
  at: number,
  k: number,
  y: Float64Array,
): void {
  for (let i = 0; i < k; i++) y[i] = 0
  let p = 0
  for (let i = 0; i < k; i++) {
    const xi = x[at + i]!
    let sum = 0
    for (let j = 0; j < i; j++) {
      const aij = a[p++]!
      sum += aij * x[at + j]!
      y[j]! += aij * xi
    }
    y[i]! += sum + a[p++]! * xi
  }
}

/** x . y over k numbers of two tables. */
export function dot(x: ArrayLike<number>, xAt: number, y: ArrayLike<number>, yAt: number, k: number): number {
  let sum = 0
  for (let i = 0; i < k; i++) sum += x[xAt + i]! * y[yAt + i]!
  return sum
}

/**
 * Solves A x = b in place (b becomes x) by Cholesky, A packed, symmetric and positive definite; A is
 * overwritten by its factor. Answers false, leaving garbage, when A is not positive definite.
 */
export function solveSymmetric(a: Float64Array, b: Float64Array, k: number): boolean {
  for (let i = 0, row = 0; i < k; row += ++i) {
    for (let j = 0, other = 0; j < i; other += ++j) {
      let sum = a[row + j]!
      for (let m = 0; m < j; m++) sum -= a[row + m]! * a[other + m]!
      // The diagonal of the factor is kept as its inverse: one division a row.
      a[row + j] = sum * a[other + j]!
    }
    let pivot = a[row + i]!
    for (let m = 0; m < i; m++) pivot -= a[row + m]! * a[row + m]!
    if (!(pivot > 0)) return false
    a[row + i] = 1 / Math.sqrt(pivot)
  }
  for (let i = 0, row = 0; i < k; row += ++i) {
    let sum = b[i]!
    for (let m = 0; m < i; m++) sum -= a[row + m]! * b[m]!
    b[i] = sum * a[row + i]!
  }
  for (let i = k - 1; i >= 0; i--) {
    const row = packedTriangle(i)
    const x = b[i]! * a[row + i]!
    b[i] = x
    for (let m = 0; m < i; m++) b[m]! -= a[row + m]! * x
  }
  return true
}
