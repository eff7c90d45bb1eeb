/** `; did you mean X?` where one of the names is almost the one that was given, else nothing. */
export function nearest(given: string, names: readonly string[]): string {
  const found = names
    .map((name) => ({ name, changes: changesBetween(plain(given), plain(name)) }))
    .sort((a, b) => a.changes - b.changes)[0]
  return found && found.changes <= Math.max(1, given.length / 4) ? `; did you mean ${found.name}?` : ''
}

/** Styles of writing do not count: secure-sum, secure_sum and secureSum are one name. */
function plain(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase()
}

/** Levenshtein's distance: letters put in, left out or exchanged. */
function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const exchanged = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(exchanged, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
