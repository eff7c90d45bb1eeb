import { concatBytes } from '@tacit/shared/bytes'

/**
 * The body of a response, read as it comes.
 * @param tooLarge what is thrown once more than `maxBytes` have come; the rest is not read
 * @param progressed told of every piece
 */
export async function readBody(
  response: Response,
  maxBytes: number,
  tooLarge: () => Error,
  progressed: () => void = () => {},
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = response.body?.getReader()
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
    if (done || !value) return concatBytes(...chunks)
    length += value.length
    if (length > maxBytes) throw tooLarge()
    if (value.length > 0) progressed()
    chunks.push(value)
  }
}
