import { vi } from 'vitest'

/** How many bytes the platform's generator is asked for by what is done, time after time. */
export function bytesAsked(act: () => void): number[] {
  const asked: number[] = []
  vi.stubGlobal('crypto', {
    getRandomValues: (array: Uint8Array) => {
      asked.push(array.length)
      return array.fill(9)
    },
  })
  try {
    act()
  } finally {
    vi.unstubAllGlobals()
  }
  return asked
}
