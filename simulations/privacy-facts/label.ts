import { bytes, count, epsilonFigure, percent, significant } from '../report/format.js'
import { html, printable } from '../report/html.js'
import { page, pairs, section } from '../report/page.js'
import type { Guarantee, PrivacyFacts } from './facts.js'

/** A part of the label: a title and lines of a name and what it says; a line without a name is a remark. */
interface Part {
  readonly title: string
  readonly lines: readonly (readonly [name: string, says: string])[]
}

const TITLE = 'Privacy facts'
const WIDTH = 100
const NAMES = 22

/** The label for a terminal. */
export function labelText(facts: PrivacyFacts): string {
  const rule = `${'─'.repeat(WIDTH)}\n`
  const parts = partsOf(facts).map(({ title, lines }) =>
    [`${title.toUpperCase()}\n`, ...lines.map(([name, says]) => lineText(name, says))].join(''),
  )
  return `${rule}${TITLE.toUpperCase()}   ${printable(subject(facts))}\n${rule}${parts.join(rule)}${rule}`
}

/** The label as a page that loads nothing. */
export function labelHtml(facts: PrivacyFacts): string {
  return page(`${TITLE}: ${subject(facts)}`, [
    html`<header><h1>${TITLE}</h1><p class="quiet">${subject(facts)}</p></header>\n`,
    partsOf(facts).map(({ title, lines }) => section(title, pairs(lines))),
  ])
}

function subject({ of }: PrivacyFacts): string {
  const kind = of.kind === 'run' ? 'the run' : 'a task on'
  return `${of.model}, ${kind} ${of.name}, ${count(of.devices)} devices`
}

function partsOf(facts: PrivacyFacts): readonly Part[] {
  return [protection(facts), collection(facts), ...noise(facts), assumptions(facts), gaps(facts)].filter(
    ({ lines }) => lines.length > 0,
  )
}

function protection({ unit, against, hides }: PrivacyFacts): Part {
  const title = 'Who is protected, and from whom'
  if (unit === null) return { title, lines: [['nobody', 'There is no noise. No epsilon is claimed.']] }
  const neighbour = NEIGHBOURS[hides]
  return {
    title,
    lines: [
      ['who', `one device, with all that it ${neighbour.what}`],
      ['seeing releases', guaranteeText(against.releases, neighbour.odds)],
      ['the coordinator', guaranteeText(against.coordinator, NEIGHBOURS.words.odds)],
    ],
  }
}

/** Without coins, and to the coordinator, who took part is no secret: what it said is. */
const NEIGHBOURS: Readonly<Record<PrivacyFacts['hides'], { readonly what: string; readonly odds: string }>> =
  {
    presence: { what: 'does in all rounds: as if it had never taken part', odds: 'that a device took part' },
    words: { what: 'says in all rounds: as if it had said nothing', odds: 'about what a device said' },
  }

const STRENGTHS: Readonly<Record<Guarantee['strength'], string>> = {
  strong: 'a strong promise',
  reasonable: 'a reasonable promise',
  weak: 'a weak promise, if any',
}

function guaranteeText(guarantee: Guarantee | null, odds: string): string {
  if (!guarantee) return 'no promise: it is trusted'
  const { epsilon, delta, oddsFactor, largestBelief, strength } = guarantee
  return `epsilon ${epsilonFigure(epsilon)}, delta ${significant(delta, 3)}: ${STRENGTHS[strength]}. What they see changes anyone's odds ${odds} ${times(oddsFactor)} at most: who thought it as likely as not may come to be ${belief(largestBelief)} sure. With a probability of up to delta, more.`
}

/** Beyond this, one factor is as good as another. */
const HUGE = 1e6

function times(factor: number): string {
  return factor > HUGE ? 'more than a million-fold' : `${significant(factor, 3)}-fold`
}

/** What would be rounded to certainty is none. */
function belief(share: number): string {
  return share > 0.999 ? 'more than 99.9 %' : percent(share)
}

function collection({ collected, rounds, unit }: PrivacyFacts): Part {
  const { segments, uploadBytes, summedOver } = collected
  const shapes = segments.map(({ name, shape }) => `${name} (${shape.map(count).join(' x ')})`)
  return {
    title: 'What is collected, and how often',
    lines: [
      ['in a round', `${bytes(uploadBytes)} of each device: ${shapes.join(', ')}`],
      [
        'what becomes of it',
        summedOver === null
          ? 'it is added up with that of other devices'
          : `it is added up over at least ${count(summedOver)} devices; nothing is released of fewer`,
      ],
      ['rounds', count(rounds.all)],
      ['of them one device', `${significant(rounds.expected, 3)} as expected, ${count(rounds.most)} at most`],
      ...(unit === null ? [] : ([['histories', 'stay on the device']] as const)),
    ],
  }
}

function noise({ noise: made, mode }: PrivacyFacts): readonly Part[] {
  if (!made || mode === null) return []
  const by = {
    local: 'each device, enough for itself',
    distributed: 'all devices together, before their vectors are masked',
    central: 'the coordinator',
  }
  return [
    {
      title: 'Noise',
      lines: [
        ['added by', by[mode]],
        [
          'how much',
          `${made.mechanism}, standard deviation ${significant(made.noiseMultiplier, 4)} x what one device can change (accountant ${made.accountant})`,
        ],
        [
          'a device changes',
          `L2 norm of ${significant(made.clip, 4)} at most${made.adaptiveClip ? ', in the round that this was read from: it follows what devices say of it' : ''}`,
        ],
        [
          'retention',
          'drawn anew for each round, and kept by nobody. A release keeps it for ever: what is made from releases, whenever, tells no more',
        ],
      ],
    },
  ]
}

function assumptions({ assumes }: PrivacyFacts): Part {
  return { title: 'What it rests on', lines: assumes.map((one) => ['if', one] as const) }
}

function gaps({ notCovered }: PrivacyFacts): Part {
  return { title: 'What it does not cover', lines: notCovered.map((one) => ['not', one] as const) }
}

/** Words in a column beside the name. */
function lineText(name: string, says: string): string {
  const rows: string[] = ['']
  for (const word of printable(says).split(' ')) {
    const row = rows.at(-1)!
    if (row !== '' && NAMES + row.length + 1 + word.length > WIDTH) rows.push(word)
    else rows[rows.length - 1] = row === '' ? word : `${row} ${word}`
  }
  return rows.map((row, i) => `${(i === 0 ? `  ${name}` : '').padEnd(NAMES)}${row}\n`).join('')
}
