import { dotFour, dotSingle, sigmoid, strideOfSingles } from './single'

/**
 * Local training by ../local-training.ts's ScoreTraining. The rows of a table, padded, that `chosen` names are copied
 * to `trained`; `samples` are places among them; `own` is a padded row, then the bias. Places: `errors` for a
 * batch padded to whole fours, `slope` for a padded row.
 */
export function trainScores(
  k: i32,
  table: usize,
  chosen: usize,
  trained: usize,
  rows: i32,
  samples: usize,
  count: i32,
  positives: i32,
  epoch: i32,
  batch: i32,
  own: usize,
  ownRate: f32,
  itemRate: f32,
  proximal: f32,
  errors: usize,
  slope: usize,
): void {
  const stride = strideOfSingles(k)
  const pull = itemRate * proximal
  copyRows(table, chosen, stride, rows, trained)
  for (let begin = 0; begin < count; begin += epoch) {
    for (let from = begin; from < begin + epoch; from += batch) {
      const some = min(batch, begin + epoch - from)
      const named = samples + (<usize>from << 2)
      scoreErrors(own, trained, stride, named, some, positives, errors)
      moveOwn(own, trained, stride, named, some, errors, ownRate / <f32>some, slope)
      scoreErrors(own, trained, stride, named, some, positives, errors)
      if (pull != 0) pullBack(trained, table, chosen, stride, rows, f32x4.splat(pull))
      moveRows(own, trained, stride, named, some, errors, itemRate / <f32>some)
    }
  }
}

/** For every sample: d/dz of its loss at z = w . h + b; zeros to the end of the last four. */
function scoreErrors(
  own: usize,
  trained: usize,
  stride: usize,
  samples: usize,
  count: i32,
  positives: i32,
  errors: usize,
): void {
  const bias = load<f32>(own + stride)
  const end = errors + (<usize>count << 2)
  scoreRows(own, trained, stride, samples, count, bias, errors)
  const one = f32x4.splat(1)
  for (let at = errors, named = samples; at < end; at += 16, named += 16) {
    const p = sigmoid(v128.load(at))
    const certain = f32x4.mul(f32x4.mul(p, f32x4.sub(one, p)), f32x4.splat(1e12))
    const label = v128.and(one, i32x4.lt_s(v128.load(named), i32x4.splat(positives)))
    v128.store(at, f32x4.mul(f32x4.sub(p, label), f32x4.pmin(one, certain)))
  }
  v128.store(end, f32x4.splat(0))
}

/** out = w . h + plus for every row h that is named. */
function scoreRows(
  own: usize,
  trained: usize,
  stride: usize,
  named: usize,
  count: i32,
  plus: f32,
  out: usize,
): void {
  const all = f32x4.splat(plus)
  let left = count
  for (; left >= 4; left -= 4, named += 16, out += 16) {
    const scores = dotFour(
      own,
      rowAt(trained, named, stride),
      rowAt(trained, named + 4, stride),
      rowAt(trained, named + 8, stride),
      rowAt(trained, named + 12, stride),
      stride,
    )
    v128.store(out, f32x4.add(scores, all))
  }
  for (; left > 0; left--, named += 4, out += 4) {
    store<f32>(out, dotSingle(own, rowAt(trained, named, stride), stride) + plus)
  }
}

// @ts-expect-error: decorator
@inline
function rowAt(trained: usize, named: usize, stride: usize): usize {
  return trained + <usize>load<u32>(named) * stride
}

/** w -= step sum of e h and b -= step sum of e. */
function moveOwn(
  own: usize,
  trained: usize,
  stride: usize,
  samples: usize,
  count: i32,
  errors: usize,
  step: f32,
  slope: usize,
): void {
  const end = errors + (<usize>count << 2)
  let sums = f32x4.splat(0)
  for (let at = errors; at < end; at += 16) sums = f32x4.add(sums, v128.load(at))
  let c: usize = 0
  // As many columns at a time as there are registers for: every pass goes to all the rows again.
  for (; c + 64 <= stride; c += 64) {
    let sum0 = f32x4.splat(0)
    let sum1 = sum0
    let sum2 = sum0
    let sum3 = sum0
    for (let at = errors, named = samples; at < end; at += 4, named += 4) {
      const row = rowAt(trained, named, stride) + c
      const error = v128.load32_splat(at)
      sum0 = f32x4.add(sum0, f32x4.mul(error, v128.load(row)))
      sum1 = f32x4.add(sum1, f32x4.mul(error, v128.load(row, 16)))
      sum2 = f32x4.add(sum2, f32x4.mul(error, v128.load(row, 32)))
      sum3 = f32x4.add(sum3, f32x4.mul(error, v128.load(row, 48)))
    }
    v128.store(slope + c, sum0)
    v128.store(slope + c, sum1, 16)
    v128.store(slope + c, sum2, 32)
    v128.store(slope + c, sum3, 48)
  }
  for (; c < stride; c += 16) {
    let sum0 = f32x4.splat(0)
    for (let at = errors, named = samples; at < end; at += 4, named += 4) {
      const row = rowAt(trained, named, stride) + c
      sum0 = f32x4.add(sum0, f32x4.mul(v128.load32_splat(at), v128.load(row)))
    }
    v128.store(slope + c, sum0)
  }
  addTo(own, slope, stride, -step)
  const even = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 2)
  const odd = f32x4.extract_lane(sums, 1) + f32x4.extract_lane(sums, 3)
  store<f32>(own + stride, load<f32>(own + stride) - step * (even + odd))
}

/** h -= step e w for every sample. */
function moveRows(
  own: usize,
  trained: usize,
  stride: usize,
  samples: usize,
  count: i32,
  errors: usize,
  step: f32,
): void {
  for (let s = 0; s < count; s++, samples += 4, errors += 4) {
    addTo(rowAt(trained, samples, stride), own, stride, -(step * load<f32>(errors)))
  }
}

/**
 * Local training by ../local-training.ts's PairTraining; rows and `samples` as above, `own` a padded
 * row. Places: `slopes` for the negatives of a group padded to whole fours, `sum` for a padded row.
 */
export function trainPairs(
  k: i32,
  table: usize,
  chosen: usize,
  trained: usize,
  rows: i32,
  samples: usize,
  count: i32,
  negatives: i32,
  own: usize,
  rate: f32,
  regularisation: f32,
  proximal: f32,
  slopes: usize,
  sum: usize,
): void {
  const stride = strideOfSingles(k)
  const keep = <f32>1 - rate * regularisation
  const pull = rate * proximal
  const group = <usize>(1 + negatives) << 2
  const slopesEnd = slopes + (<usize>negatives << 2)
  copyRows(table, chosen, stride, rows, trained)
  for (const end = samples + (<usize>count << 2); samples < end; samples += group) {
    const positive = rowAt(trained, samples, stride)
    scoreRows(own, trained, stride, samples + 4, negatives, -dotSingle(own, positive, stride), slopes)
    for (let at = slopes; at < slopesEnd; at += 16) v128.store(at, sigmoid(v128.load(at)))
    // The engine's own fill takes longer than a row does.
    for (let c: usize = 0; c < stride; c += 32) {
      v128.store(sum + c, i32x4.splat(0))
      v128.store(sum + c, i32x4.splat(0), 16)
    }
    let all: f32 = 0
    let at = slopes
    let named = samples + 4
    if (pull == 0) {
      for (; at + 16 <= slopesEnd; at += 16, named += 16) {
        for (let slope = at; slope < at + 16; slope += 4) all += load<f32>(slope)
        moveFour(trained, named, own, sum, stride, keep, rate, at)
      }
    }
    for (; at < slopesEnd; at += 4, named += 4) {
      const slope = load<f32>(at)
      all += slope
      const row = rowAt(trained, named, stride)
      const before = pull == 0 ? 0 : rowOf(table, chosen, load<u32>(named), stride)
      moveRow(row, before, own, sum, stride, keep, pull, -(rate * slope), -slope)
    }
    const before = pull == 0 ? 0 : rowOf(table, chosen, load<u32>(samples), stride)
    moveRow(positive, before, own, sum, stride, keep, pull, rate * all, all)
    const kept = f32x4.splat(keep)
    const by = f32x4.splat(rate)
    for (let c: usize = 0; c < stride; c += 16) {
      const w = f32x4.mul(v128.load(own + c), kept)
      v128.store(own + c, f32x4.add(w, f32x4.mul(by, v128.load(sum + c))))
    }
  }
}

/** As moveRow does for each of four rows that are named, in their order: w and the sum are read once for all. */
// @ts-expect-error: decorator
@inline
function moveFour(
  trained: usize,
  named: usize,
  own: usize,
  sum: usize,
  stride: usize,
  keep: f32,
  rate: f32,
  slopes: usize,
): void {
  const kept = f32x4.splat(keep)
  const all = f32x4.neg(v128.load(slopes))
  const steps = f32x4.mul(f32x4.splat(rate), all)
  const factor0 = v128.shuffle<i32>(all, all, 0, 0, 0, 0)
  const factor1 = v128.shuffle<i32>(all, all, 1, 1, 1, 1)
  const factor2 = v128.shuffle<i32>(all, all, 2, 2, 2, 2)
  const factor3 = v128.shuffle<i32>(all, all, 3, 3, 3, 3)
  const step0 = v128.shuffle<i32>(steps, steps, 0, 0, 0, 0)
  const step1 = v128.shuffle<i32>(steps, steps, 1, 1, 1, 1)
  const step2 = v128.shuffle<i32>(steps, steps, 2, 2, 2, 2)
  const step3 = v128.shuffle<i32>(steps, steps, 3, 3, 3, 3)
  let row0 = rowAt(trained, named, stride)
  let row1 = rowAt(trained, named + 4, stride)
  let row2 = rowAt(trained, named + 8, stride)
  let row3 = rowAt(trained, named + 12, stride)
  for (const end = own + stride; own < end; own += 16, sum += 16) {
    const w = v128.load(own)
    let s = v128.load(sum)
    let h = v128.load(row0)
    s = f32x4.add(s, f32x4.mul(factor0, h))
    v128.store(row0, f32x4.add(f32x4.mul(h, kept), f32x4.mul(step0, w)))
    h = v128.load(row1)
    s = f32x4.add(s, f32x4.mul(factor1, h))
    v128.store(row1, f32x4.add(f32x4.mul(h, kept), f32x4.mul(step1, w)))
    h = v128.load(row2)
    s = f32x4.add(s, f32x4.mul(factor2, h))
    v128.store(row2, f32x4.add(f32x4.mul(h, kept), f32x4.mul(step2, w)))
    h = v128.load(row3)
    s = f32x4.add(s, f32x4.mul(factor3, h))
    v128.store(row3, f32x4.add(f32x4.mul(h, kept), f32x4.mul(step3, w)))
    v128.store(sum, s)
    row0 += 16
    row1 += 16
    row2 += 16
    row3 += 16
  }
}

/** sum += factor h, then h = keep h + step w, and back towards the row `before`. */
// @ts-expect-error: decorator
@inline
function moveRow(
  row: usize,
  before: usize,
  own: usize,
  sum: usize,
  stride: usize,
  keep: f32,
  pull: f32,
  step: f32,
  factor: f32,
): void {
  const kept = f32x4.splat(keep)
  const by = f32x4.splat(step)
  const times = f32x4.splat(factor)
  for (let c: usize = 0; c < stride; c += 16) {
    const h = v128.load(row + c)
    v128.store(sum + c, f32x4.add(v128.load(sum + c), f32x4.mul(times, h)))
    let moved = f32x4.add(f32x4.mul(h, kept), f32x4.mul(by, v128.load(own + c)))
    if (pull != 0) {
      moved = f32x4.sub(moved, f32x4.mul(f32x4.splat(pull), f32x4.sub(h, v128.load(before + c))))
    }
    v128.store(row + c, moved)
  }
}

/** h -= pull (h - its row of the table) over whole padded rows. */
function pullBack(trained: usize, table: usize, chosen: usize, stride: usize, rows: i32, pull: v128): void {
  for (let row = 0; row < rows; row++, trained += stride) {
    const before = rowOf(table, chosen, row, stride)
    for (let c: usize = 0; c < stride; c += 16) {
      const h = v128.load(trained + c)
      const apart = f32x4.sub(h, v128.load(before + c))
      v128.store(trained + c, f32x4.sub(h, f32x4.mul(pull, apart)))
    }
  }
}

function copyRows(table: usize, chosen: usize, stride: usize, rows: i32, to: usize): void {
  for (let row = 0; row < rows; row++, to += stride) {
    const from = rowOf(table, chosen, row, stride)
    for (let c: usize = 0; c < stride; c += 32) {
      v128.store(to + c, v128.load(from + c))
      v128.store(to + c, v128.load(from + c, 16), 16)
    }
  }
}

// @ts-expect-error: decorator
@inline
function rowOf(table: usize, chosen: usize, row: i32, stride: usize): usize {
  return table + <usize>load<u32>(chosen + (<usize>row << 2)) * stride
}

/** y += factor x over padded rows. */
// @ts-expect-error: decorator
@inline
function addTo(y: usize, x: usize, stride: usize, factor: f32): void {
  const by = f32x4.splat(factor)
  for (let c: usize = 0; c < stride; c += 32) {
    v128.store(y + c, f32x4.add(v128.load(y + c), f32x4.mul(by, v128.load(x + c))))
    v128.store(y + c, f32x4.add(v128.load(y + c, 16), f32x4.mul(by, v128.load(x + c, 16))), 16)
  }
}

/**
 * out = x - y for `rows` padded rows of k singles at x and as many that `chosen` names at y: k singles, one row after
 * another. It may be x itself.
 */
export function differences(x: usize, y: usize, chosen: usize, rows: i32, k: i32, out: usize): void {
  const stride = strideOfSingles(k)
  const pairs = <usize>(k & ~7) << 2
  const width = <usize>k << 2
  for (let row = 0; row < rows; row++, x += stride) {
    const before = rowOf(y, chosen, row, stride)
    let at: usize = 0
    for (; at < pairs; at += 32, out += 32) {
      v128.store(out, f32x4.sub(v128.load(x + at), v128.load(before + at)))
      v128.store(out, f32x4.sub(v128.load(x + at, 16), v128.load(before + at, 16)), 16)
    }
    for (; at < width; at += 4, out += 4) store<f32>(out, load<f32>(x + at) - load<f32>(before + at))
  }
}
