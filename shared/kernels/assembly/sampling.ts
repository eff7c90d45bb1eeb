/**
 * Draws groups as ../group-draws.ts does, without a pool. `rows` are `touched` rows and room for all that may be and one more;
 * `places` is room for `size` numbers, zeros, and `turns` for `positives`. Answers the rows touched in the end, or -1 where words did not
 * suffice; the first of `turns` is then the place of the next word.
 */
export function drawGroups(
  rows: usize,
  touched: i32,
  positives: i32,
  barred: usize,
  bars: i32,
  size: i32,
  negatives: i32,
  words: usize,
  end: usize,
  samples: usize,
  mixed: bool,
  places: usize,
  turns: usize,
): i32 {
  // A place is one more than it is, so that zero is a row that nobody touched; below zero it is barred.
  for (let place = 0; place < touched; place++) store<i32>(at(places, load<u32>(at(rows, place))), place + 1)
  for (let bar = 0; bar < bars; bar++) store<i32>(at(places, load<u32>(at(barred, bar))), -1)
  for (let turn = 0; turn < positives; turn++) store<i32>(at(turns, turn), turn)
  if (((end - words) >>> 2) < <usize>max(0, positives - 1)) return -1
  words = shuffle(turns, positives, words)
  let to = samples
  for (let turn = 0; turn < positives; turn++) {
    store<i32>(to, load<i32>(at(turns, turn)))
    const group = to + 4
    to = group
    for (const full = group + (<usize>negatives << 2); to < full; ) {
      if (words >= end) return -1
      const seat = at(places, below(words, size))
      words += 4
      const before = load<i32>(seat)
      const isNew = before == 0
      // Written for rows that are known, too, and then over: a branch would be guessed wrong for every fourth of them.
      store<u32>(at(rows, touched), <u32>((seat - places) >>> 2))
      touched += i32(isNew)
      const place = select(touched, before, isNew)
      store<i32>(seat, place)
      if (place <= positives || isAmong(group, to, place - 1)) continue
      store<i32>(to, place - 1)
      to += 4
    }
  }
  const count = <i32>((to - samples) >>> 2)
  if (mixed) {
    if (((end - words) >>> 2) < <usize>max(0, count - 1)) return -1
    words = shuffle(samples, count, words)
  }
  store<usize>(turns, words)
  return touched
}

// @ts-expect-error: decorator
@inline
function at(list: usize, index: u32): usize {
  return list + (<usize>index << 2)
}

// @ts-expect-error: decorator
@inline
function below(word: usize, n: i32): u32 {
  return <u32>((<u64>load<u32>(word) * <u64>n) >> 32)
}

function isAmong(from: usize, to: usize, value: i32): bool {
  for (; from < to; from += 4) if (load<i32>(from) == value) return true
  return false
}

/** Fisher-Yates. Answers where the next word is. */
function shuffle(values: usize, count: i32, words: usize): usize {
  for (let i = count - 1; i > 0; i--, words += 4) {
    const one = at(values, i)
    const other = at(values, below(words, i + 1))
    const value = load<i32>(other)
    store<i32>(other, load<i32>(one))
    store<i32>(one, value)
  }
  return words
}
