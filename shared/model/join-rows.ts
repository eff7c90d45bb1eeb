/** Rows of several lists, one list after another. Spreading typed arrays would walk them one by one. */
export function joinRows(...lists: readonly Int32Array[]): Int32Array<ArrayBuffer> {
  let length = 0
  for (const list of lists) length += list.length
  const all = new Int32Array(length)
  let at = 0
  for (const list of lists) {
    all.set(list, at)
    at += list.length
  }
  return all
}
