import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { sample } from '../../client/testing/sample.js'
import { describeInChromium } from './chromium.js'
import { decodeFrame, parseDeviceMessage, VectorAssembly } from '@tacit/shared/protocol'
import { layoutSize, packedLength } from '@tacit/shared/update'
const task = sample()
const { plan, begin, served } = task
const { roundId } = plan
const vectorBytes = packedLength(layoutSize(plan.layout), plan.modulusBits)
describeInChromium('scratch', (browser) => {
  it.each(['same', 'http://storefront.test'])('round from %s', async (from) => {
    const http = createServer((q, r) => { const b = served.get(q.url ?? ''); r.writeHead(b ? 200 : 404, {'access-control-allow-origin':'*'}).end(b) })
    const sockets = new WebSocketServer({ server: http, path: '/v1/devices' })
    const vectors: Uint8Array[] = []
    let n = 0
    sockets.on('connection', (s) => {
      const first = ++n === 1
      const a = new VectorAssembly(vectorBytes)
      const say = (m: unknown) => s.send(JSON.stringify(m))
      s.on('message', (d: Buffer, bin) => {
        if (bin) { const p = a.add(decodeFrame(d)); if (p) { vectors.push(p); say({type:'received',roundId}); say({type:'done',roundId,outcome:'released',survivors:4}) } return }
        const m = parseDeviceMessage(d.toString())
        if (m.type==='hello') { const resumed = m.resume!==undefined; say({type:'welcome',protocol:1,resume:'b'.repeat(32),resumed,heartbeatMs:1000}); say(resumed?begin:{type:'invite',plan}) }
        else if (m.type==='join') say(begin)
        else if (m.type==='upload') { if (first) s.terminate(); else say({type:'grant',roundId,chunkBytes:500}) }
        else console.log(m)
      })
    })
    await new Promise<void>((ok) => http.listen(0, '127.0.0.1', ok))
    const url = `http://127.0.0.1:${(http.address() as any).port}`
    const page = await browser.open(from === 'same' ? url : from, new URL('./device.entry.ts', import.meta.url))
    await page.evaluate((o) => (globalThis as any).tacitDevice.startDevice(o), { url, task: plan.task, device: 'b1', items: ['item-1','item-2','item-3','item-4'] })
    await page.waitForFunction(() => (globalThis as any).tacitDevice.deviceEvents().some((e: any) => e.type === 'round-ended'))
    console.log(JSON.stringify(await page.evaluate(() => (globalThis as any).tacitDevice.deviceEvents())), vectors.length, JSON.stringify(await page.evaluate(() => (globalThis as any).tacitDevice.recommendations(2))))
    await page.evaluate(() => (globalThis as any).tacitDevice.stopDevice())
    expect(vectors).toHaveLength(1)
    http.close(); sockets.close()
  })
})
