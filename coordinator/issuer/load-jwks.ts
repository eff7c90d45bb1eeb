import { readFile } from 'node:fs/promises'
import { TacitError } from '@tacit/shared/errors'

const DEADLINE_MS = 10_000
/** A set of 64 keys with certificates beside them stays below it. */
const MOST_BYTES = 256 * 1024
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/**
 * Reads a JSON Web Key Set (RFC 7517) from a file, or fetches it from an https address; from one of this machine
 * http will do. Redirects are not followed: they could lead to another's keys.
 *
 * @throws TACIT_DATA_UNREADABLE saying why it cannot be had
 */
export async function loadJwks(source: string): Promise<unknown> {
  try {
    return JSON.parse(/^https?:/i.test(source) ? await fetchText(source) : await readFile(source, 'utf8'))
  } catch (error) {
    throw new TacitError('TACIT_DATA_UNREADABLE', { file: source, problem: problemOf(error) })
  }
}

async function fetchText(address: string): Promise<string> {
  const { protocol, hostname } = new URL(address)
  if (protocol !== 'https:' && !LOOPBACK.includes(hostname)) {
    throw new Error('keys that anyone on the way could replace: an https address is expected')
  }
  const response = await fetch(address, {
    signal: AbortSignal.timeout(DEADLINE_MS),
    redirect: 'error',
    headers: { accept: 'application/json' },
  })
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`it was answered with ${response.status}`)
  }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > MOST_BYTES) throw new Error(`it has more than ${MOST_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** What `fetch` throws names its reason in its cause alone. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
