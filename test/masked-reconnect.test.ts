import type { Platform } from '@tacit/client'
import { nodePlatform } from '@tacit/client/node'
import { expect, it } from 'vitest'
import { FEW_DEVICES, Shop, Shopper, shopTask, startShop } from './support/certified-shop.js'

/** What a device is saying when its connection breaks. */
const POINTS = ['"keys"', '"reveal"', '"shares"', '"upload"', 'frame', '"consistency"', '"unmask"'] as const
const STEADY = 2

/** A network on which the first thing of a kind that is said breaks the connection, and is lost or arrives. */
function breakingAt(point: string, arrives: boolean, broke: () => void): Platform {
  let broken = false
  return {
    ...nodePlatform,
    openSocket: (url, handlers) => {
      const socket = nodePlatform.openSocket(url, handlers)
      return {
        get bufferedBytes() {
          return socket.bufferedBytes
        },
        send: (data) => {
          const isIt = typeof data === 'string' ? data.includes(point) : point === 'frame'
          if (broken || !isIt) return socket.send(data)
          broken = true
          broke()
          if (arrives) socket.send(data)
          socket.close()
        },
        close: () => socket.close(),
      }
    },
  }
}

it('a device that reconnects goes on in whichever phase it was, its message lost or not', async () => {
  const shop = await Shop.open()
  const { masking } = shopTask({})
  const task = shopTask({ masking: { ...masking!, dropout: 0.01 } })
  const count = 2 * POINTS.length + STEADY
  const { coordinator, warnings } = await startShop(shop, [task], count, count)
  const broken: string[] = []
  const shoppers: Shopper[] = []
  for (let d = 0; d < count; d++) {
    const point = POINTS[d >> 1]
    const arrives = d % 2 === 1
    const platform = point
      ? breakingAt(point, arrives, () => broken.push(`${point} ${arrives}`))
      : nodePlatform
    const options = { issuer: shop.trusted, identities: await shop.identities(), limits: FEW_DEVICES }
    shoppers.push(new Shopper(coordinator.url, d, options, platform))
  }
  for (const { device } of shoppers) device.start()
  // A device that refuses something says so at once, and its round does not end while others wait for it.
  const ends = await Promise.all(shoppers.map(({ ended, warned }) => Promise.race([ended, warned])))
  for (const end of ends) expect(end).toMatchObject({ outcome: 'released', survivors: count })
  expect(broken.sort()).toEqual(POINTS.flatMap((point) => [`${point} false`, `${point} true`]).sort())
  for (const { events } of shoppers.slice(0, -STEADY))
    expect(events.flatMap((event) => (event.type === 'connected' ? [event.resumed] : []))).toEqual([
      false,
      true,
    ])
  expect(coordinator.status.current().tasks[0]).toMatchObject({ blamedDevices: 0, refusals: {} })
  expect(warnings).toEqual([])
  for (const { device } of shoppers) device.stop()
  await coordinator.stop()
}, 30_000)
