import { describeProtocol } from '../data/index.js'
import type { SimulationResult } from '../runner/index.js'
import { flatten, isRecord } from './flatten.js'
import { shown } from './format.js'
import { type Html, html } from './html.js'

/** How an evaluation was done, on one line; a leak comes first. */
export function protocolText({ protocol }: SimulationResult): string {
  // A result of an earlier version may lack what a description needs.
  if (typeof protocol.chosenBy === 'string') return describeProtocol(protocol)
  return [...flatten(protocol)].map(([key, value]) => `${key} ${shown(value)}`).join(', ')
}

/** Why numbers of this protocol are not honest, or null where they are. */
export function leakOf(result: SimulationResult | null): string | null {
  const protocol: unknown = result?.protocol
  if (!isRecord(protocol) || !protocol.leaks) return null
  return typeof protocol.leak === 'string' ? protocol.leak : 'training knows something of what is asked'
}

/** One text per protocol, whatever the order of its settings. */
export function protocolKey(result: SimulationResult): string {
  return JSON.stringify([...flatten(result.protocol)].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Stands beside every number of a protocol that leaks. @param words fewer of them where there is little room */
export function leakTag(leaking: boolean, words = 'LEAKING PROTOCOL'): Html | null {
  return leaking ? html`<span class="leak">${words}</span>` : null
}

/** @param how what is known in training that should not be; null for no leak */
export function leakBanner(how: string | null): Html | null {
  if (how === null) return null
  return html`<div class="banner" role="alert"><strong>LEAKING PROTOCOL: these numbers are too good</strong>How: ${how.replace(/\.$/, '')}. They are good for comparing with numbers of the same protocol, and for nothing else.</div>\n`
}
