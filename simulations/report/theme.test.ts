import { describe, expect, it } from 'vitest'
import { DARK, LIGHT, type Palette } from './theme.js'

/** WCAG 2.2: relative luminance and contrast ratio. */
function luminance(colour: string): number {
  const channels = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * channels[0]! + 0.7152 * channels[1]! + 0.0722 * channels[2]!
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light! + 0.05) / (dark! + 0.05)
}

it('measures contrast as WCAG does', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 6)
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
})

describe.each<[string, Palette]>([
  ['light', LIGHT],
  ['dark', DARK],
])('the %s appearance', (_, palette) => {
  it('has text of 4.5 to 1', () => {
    for (const text of [palette.text, palette.quiet, palette.alarm]) {
      for (const back of [palette.page, palette.panel]) expect(contrast(text, back)).toBeGreaterThan(4.5)
    }
    expect(contrast(palette.onAlarm, palette.alarm)).toBeGreaterThan(4.5)
    for (const [back, text] of palette.heat) expect(contrast(text, back), back).toBeGreaterThan(4.5)
    // Series colours write the values on hovering.
    for (const colour of palette.series) expect(contrast(colour, palette.page), colour).toBeGreaterThan(4.5)
  })

  it('tells its series apart', () => {
    expect(new Set(palette.series).size).toBe(8)
  })
})
