import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ed25519IssuerKey, publicJwks } from '@tacit/shared/credentials'
import { platformSuite } from '@tacit/shared/crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { ManualTimers } from '../gateway/testing/manual-timers.js'
import { loadJwks } from './load-jwks.js'
import { RefreshedIssuer } from './refreshed-issuer.js'

const suite = await platformSuite()
const jwksOf = async (kid: string) =>
  publicJwks([await ed25519IssuerKey(kid, new Uint8Array(32).fill(7), suite)])
const turn = () => new Promise((resolve) => setImmediate(resolve))

async function started(load: () => Promise<unknown>) {
  const timers = new ManualTimers()
  const warned: string[] = []
  const issuer = await RefreshedIssuer.start({
    issuer: 'https://shop.example',
    audience: 'homepage',
    jwks: 'jwks.json',
    timers,
    jitter: () => 0.5,
    logger: { warn: (_, message) => void warned.push(message) },
    load,
  })
  return { issuer, timers, warned }
}

describe('an issuer whose keys are refreshed', () => {
  it('has the new keys after ten minutes, and some more', async () => {
    let kid = 'first'
    const { issuer, timers } = await started(() => jwksOf(kid))
    kid = 'second'
    timers.advance(10.4 * 60_000)
    await turn()
    expect([...issuer.keys.keys()]).toEqual(['first'])
    timers.advance(0.2 * 60_000)
    await turn()
    expect([...issuer.keys.keys()]).toEqual(['second'])
    expect(issuer).toMatchObject({ issuer: 'https://shop.example', audience: 'homepage' })
  })

  it('keeps the old keys where the new cannot be read or used, says so, and tries again', async () => {
    const answers: (() => Promise<unknown>)[] = [
      () => jwksOf('first'),
      () => Promise.reject(new Error('no route')),
      async () => ({ keys: [] }),
      () => jwksOf('fourth'),
    ]
    const { issuer, timers, warned } = await started(() => answers.shift()!())
    for (let refresh = 0; refresh < 2; refresh++) {
      timers.advance(11 * 60_000)
      await turn()
      expect([...issuer.keys.keys()]).toEqual(['first'])
    }
    expect(warned).toHaveLength(2)
    timers.advance(11 * 60_000)
    await turn()
    expect([...issuer.keys.keys()]).toEqual(['fourth'])
  })

  it('is not there to begin with where its keys are not', async () => {
    await expect(started(async () => ({ keys: [] }))).rejects.toMatchObject({ code: 'TACIT_CONFIG_INVALID' })
  })

  it('reads no more once it is stopped', async () => {
    const { issuer, timers } = await started(() => jwksOf('first'))
    issuer.stop()
    expect(timers.pending).toBe(0)
  })
})

describe('loadJwks', () => {
  let server: Server | undefined
  afterEach(() => server?.close())
  const serving = async (status: number, headers: Record<string, string>, body: string) => {
    server = createServer(({ url }, response) => {
      if (url === '/jwks.json') response.writeHead(status, headers).end(body)
      else response.end('{"keys":[]}')
    })
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
  }

  it('reads an address', async () => {
    expect(await loadJwks(await serving(200, {}, '{"keys":[]}'))).toEqual({ keys: [] })
  })

  it.each<[string, number, Record<string, string>, string, RegExp]>([
    ['an error', 500, {}, 'oops', /answered with 500/],
    ['a redirect', 302, { location: '/other' }, '', /redirect/],
    ['no JSON', 200, {}, '<html>', /JSON/],
    ['too much', 200, {}, `"${'x'.repeat(300_000)}"`, /more than 262144 bytes/],
  ])('refuses %s', async (_, status, headers, body, problem) => {
    await expect(loadJwks(await serving(status, headers, body))).rejects.toMatchObject({
      code: 'TACIT_DATA_UNREADABLE',
      message: expect.stringMatching(problem),
    })
  })

  it('fetches keys over https alone, but from this machine', async () => {
    await expect(loadJwks('http://shop.example/jwks.json')).rejects.toThrow(/https/)
  })

  it('says which file is not there', async () => {
    await expect(loadJwks('/nowhere/jwks.json')).rejects.toThrow(/nowhere/)
  })
})
