/**
 * Leaves of nested objects by dotted path, in order; arrays are leaves. What is no object has none.
 */
export function flatten(value: unknown, path = ''): Map<string, unknown> {
  const leaves = new Map<string, unknown>()
  if (!isRecord(value)) return leaves
  for (const [key, inner] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`
    if (isRecord(inner)) for (const [leaf, found] of flatten(inner, at)) leaves.set(leaf, found)
    else if (inner !== undefined) leaves.set(at, inner)
  }
  return leaves
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The finite numbers among the leaves. */
export function figuresOf(value: unknown): Map<string, number> {
  const figures = new Map<string, number>()
  for (const [key, leaf] of flatten(value)) {
    if (typeof leaf === 'number' && Number.isFinite(leaf)) figures.set(key, leaf)
  }
  return figures
}
