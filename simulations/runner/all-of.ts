/** Fails once all have ended: until then they may be at work on memory that is used again. */
export async function allOf<T>(jobs: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(jobs)
  return Promise.all(jobs)
}
