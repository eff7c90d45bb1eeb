/**
 * Small dense linear algebra in 64-bit floats, summed in one fixed order so that results agree to the bit
 * on every platform. Symmetric k x k matrices are packed: row i of the lower triangle starts at
 * i(i+1)/2 and holds columns 0..i.
 */

/** Numbers in a packed symmetric k x k matrix. */
export function packedTriangle(k: number): number {
  return (k * (k + 1)) / 2
}

/** a += x xT over the k numbers of `table` from `at`. */
export function addOuter(a: Float64Array, table: Float64Array | Float32Array, at: number, k: number): void {
  let p = 0
  for (let i = 0; i < k; i++) {
    const xi = table[at + i]!
    for (let j = 0; j <= i; j++) a[p++]! += xi * table[at + j]!
  }
}

/** Each of some values over the same number. */
export function quotients(values: Float64Array, by: number): Float64Array {
  const all = new Float64Array(values.length)
  for (let i = 0; i < all.length; i++) all[i] = values[i]! / by
  return all
}

/**
 * a += XT X for `rows` rows of k numbers, each entry's products added in row order. Four rows at a time: the
 * triangle is then read and written a quarter as often.
 */
export function addGram(a: Float64Array, table: Float64Array | Float32Array, rows: number, k: number): void {
  let row = 0
  for (; row + 4 <= rows; row += 4) {
    const r0 = row * k
    const r1 = r0 + k
    const r2 = r1 + k
    const r3 = r2 + k
    let p = 0
    for (let i = 0; i < k; i++) {
      const x0 = table[r0 + i]!
      const x1 = table[r1 + i]!
      const x2 = table[r2 + i]!
      const x3 = table[r3 + i]!
      for (let j = 0; j <= i; j++) {
        const two = a[p]! + x0 * table[r0 + j]! + x1 * table[r1 + j]!
        a[p++] = two + x2 * table[r2 + j]! + x3 * table[r3 + j]!
      }
    }
  }
  for (; row < rows; row++) addOuter(a, table, row * k, k)
}

/** y = A x for a packed symmetric A, each entry's products added in column order. */
export function multiplySymmetric(a: Float64Array, x: Float64Array, k: number, y: Float64Array): void {
  let p = 0
  for (let i = 0; i < k; i++) {
    const xi = x[i]!
    let sum = 0
    for (let j = 0; j < i; j++) {
      const aij = a[p++]!
      sum += aij * x[j]!
      y[j]! += aij * xi
    }
    y[i] = sum + a[p++]! * xi
  }
}

/**
 * x . y for the first k numbers of x and those of a table from `at`: four sums, one for every fourth number,
 * added as (0 + 2) + (1 + 3). They need not wait for each other.
 */
export function dot(x: Float64Array, table: Float32Array, at: number, k: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  const whole = k & ~3
  let i = 0
  for (; i < whole; i += 4) {
    const j = at + i
    s0 += x[i]! * table[j]!
    s1 += x[i + 1]! * table[j + 1]!
    s2 += x[i + 2]! * table[j + 2]!
    s3 += x[i + 3]! * table[j + 3]!
  }
  if (i < k) s0 += x[i]! * table[at + i]!
  if (i + 1 < k) s1 += x[i + 1]! * table[at + i + 1]!
  if (i + 2 < k) s2 += x[i + 2]! * table[at + i + 2]!
  return s0 + s2 + (s1 + s3)
}

/**
 * The sum of the squares of all values. Of doubles: eight sums, one for every eighth; those four apart are added, then as
 * in {@link dot}. Of singles: squares in 32 bits, of which those four, eight and twelve apart are added in 32 as well, as long
 * as there are sixteen; the rest in 64, in four sums.
 */
export function sumOfSquares(values: Float64Array | Float32Array): number {
  return values instanceof Float32Array ? squaresOfSingles(values) : squaresOfDoubles(values)
}

function squaresOfSingles(values: Float32Array): number {
  const sums = new Float64Array(4)
  const square = (i: number) => Math.fround(values[i]! * values[i]!)
  const whole = values.length & ~15
  for (let i = 0; i < whole; i += 16) {
    for (let l = 0; l < 4; l++) {
      const first = Math.fround(square(i + l) + square(i + l + 4))
      sums[l]! += Math.fround(first + Math.fround(square(i + l + 8) + square(i + l + 12)))
    }
  }
  for (let i = whole; i < values.length; i++) sums[i & 3]! += square(i)
  return sums[0]! + sums[2]! + (sums[1]! + sums[3]!)
}

function squaresOfDoubles(values: Float64Array): number {
  const sums = new Float64Array(8)
  for (let i = 0; i < values.length; i++) sums[i & 7]! += values[i]! * values[i]!
  for (let l = 0; l < 4; l++) sums[l]! += sums[l + 4]!
  return sums[0]! + sums[2]! + (sums[1]! + sums[3]!)
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
