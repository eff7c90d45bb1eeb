import { writeFileSync } from 'node:fs'
import {
  type Accountant,
  type NoiseRequest,
  noiseFor,
  type PrivacyEvent,
  pldEpsilon,
  type RoundsRequest,
  rdpEpsilon,
  roundsFor,
} from '@tacit/shared/dp/accounting'
import { Command, type Option } from 'commander'
import { choiceOption, flagError, numberOption, textOption, valueOption } from './flags.js'
import { factsCommand } from './privacy-facts.js'
import { epsilonPlot, PLOTTED_ACCOUNTANTS, readAccountants } from './privacy-plot.js'

interface Flags {
  readonly noise: number
  readonly sampling: number
  readonly rounds: number
  readonly delta: number
  readonly accountant: Accountant
  readonly json?: boolean
}

interface PlotFlags extends Omit<Flags, 'accountant' | 'json'> {
  readonly accountant: readonly Accountant[]
  readonly output?: string
}

const HELP = `
One device's whole participation is protected: epsilon and delta bound what anyone can tell from the releases about
whether it was there at all. Noise is Gaussian, its standard deviation over the most that one device can change the sum
(in L2 norm). Sampling is the probability that a device takes part in a round, by a coin of its own that nobody else
sees; leave it at 1 against a coordinator, and wherever the coordinator chooses who takes part.

Accountants, both upper bounds: pld (privacy loss distributions) is the tighter, and exact for sampling 1; rdp (Renyi)
is quicker, and the one most other tools report. For Skellam and discrete Gaussian noise use rdp, from
@tacit/shared/dp/accounting.

Examples:
  tacit privacy epsilon --noise 1.5 --sampling 0.05 --rounds 1000 --delta 1e-6
  tacit privacy epsilon --noise 1.5 --sampling 0.04 --rounds 2250 --delta 1e-5 --accountant rdp --json
  tacit privacy noise --epsilon 4 --rounds 10
  tacit privacy rounds --epsilon 8 --noise 1.5 --sampling 0.05
  tacit privacy plot --noise 1.5 --sampling 0.05 --rounds 1000 --output epsilon.svg

Exit codes: 0 done, 1 a failure of Tacit itself, 2 bad flags, or a budget that no noise reaches.`

export function privacyCommand(): Command {
  return new Command('privacy')
    .addHelpText('after', HELP)
    .addCommand(epsilonCommand())
    .addCommand(noiseCommand())
    .addCommand(roundsCommand())
    .addCommand(plotCommand())
    .addCommand(factsCommand())
}

function epsilonCommand(): Command {
  return calculation('epsilon', 'what rounds with a noise spend', [
    noiseOption(),
    roundsOption(0).default(1),
  ]).action((flags: Flags) => {
    const spent = spentBy(flags)
    print(flags, spent, `epsilon ${upwards(spent.epsilon)} at delta ${flags.delta}`)
  })
}

function noiseCommand(): Command {
  return calculation('noise', 'the smallest noise that keeps rounds within a budget', [
    epsilonOption(),
    roundsOption(1).default(1),
  ]).action((flags: NoiseRequest & Flags) => {
    const noise = noiseFor(flags)
    print(flags, { noise, ...budgetOf(flags) }, `noise multiplier ${upwards(noise)}`)
  })
}

function roundsCommand(): Command {
  return calculation('rounds', 'the most rounds within a budget', [epsilonOption(), noiseOption()]).action(
    (flags: RoundsRequest & Flags) => {
      const rounds = roundsFor({ ...flags, noiseMultiplier: flags.noise })
      print(flags, { rounds, ...budgetOf(flags) }, `${rounds} rounds`)
    },
  )
}

function plotCommand(): Command {
  return withSampling(new Command('plot').description('epsilon over rounds, as SVG'))
    .addOption(noiseOption())
    .addOption(roundsOption(1).makeOptionMandatory())
    .addOption(
      valueOption('--accountant <names>', 'the curves, separated by commas', readAccountants).default(
        PLOTTED_ACCOUNTANTS,
        PLOTTED_ACCOUNTANTS.join(','),
      ),
    )
    .addOption(textOption('--output <file>', 'where to write it; standard output if not given'))
    .addHelpText('after', HELP)
    .action((flags: PlotFlags) => {
      const drawing = epsilonPlot(flags, flags.accountant)
      if (flags.output === undefined) process.stdout.write(drawing)
      else write(flags.output, drawing)
    })
}

function calculation(name: string, description: string, options: readonly Option[]): Command {
  const command = withSampling(new Command(name).description(description))
  for (const option of options) command.addOption(option)
  return command
    .addOption(choiceOption('--accountant <name>', 'how to add up', ['rdp', 'pld']).default('pld'))
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
}

function withSampling(command: Command): Command {
  const positive = { min: 0, max: 1, aboveMin: true }
  return command
    .addOption(
      numberOption(
        '--sampling <share>',
        'the probability that a device takes part in a round',
        positive,
      ).default(1),
    )
    .addOption(
      numberOption('--delta <probability>', 'the probability that epsilon does not hold', {
        min: 0,
        max: 1 - 2 ** -53,
        aboveMin: true,
      }).default(1e-6),
    )
}

function noiseOption(): Option {
  const rule = { min: 0.01, max: 1e9 }
  return numberOption(
    '--noise <multiplier>',
    "standard deviation over a device's most in L2 norm",
    rule,
  ).makeOptionMandatory()
}

function epsilonOption(): Option {
  const rule = { min: 0, max: 1e6 }
  return numberOption('--epsilon <e>', 'the budget', rule).makeOptionMandatory()
}

function roundsOption(min: number): Option {
  return numberOption('--rounds <n>', 'how many', { min, max: 2 ** 30, integer: true })
}

/** The smallest epsilon that the accountant can show, with the order that gave it if there is one. */
function spentBy({ noise, sampling, rounds, delta, accountant }: Flags) {
  const events: readonly PrivacyEvent[] = [
    { mechanism: { type: 'gaussian', noiseMultiplier: noise }, sampling, rounds },
  ]
  if (accountant === 'pld') return { epsilon: pldEpsilon(events, delta), delta, accountant }
  const { epsilon, order } = rdpEpsilon(events, delta)
  return { epsilon, delta, accountant, order }
}

function budgetOf({
  epsilon,
  delta,
  accountant,
}: {
  epsilon: number
  delta: number
  accountant: Accountant
}) {
  return { epsilon, delta, accountant }
}

function print({ json }: Flags, found: object, described: string): void {
  process.stdout.write(json ? `${JSON.stringify(found)}\n` : `${described}\n`)
}

/** Up, so that no less is said than there is. */
function upwards(value: number): string {
  return (Math.ceil(value * 1e4) / 1e4).toFixed(4)
}

/** @throws TACIT_FLAG_INVALID */
function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw flagError('--output', `${file} cannot be written (${(error as NodeJS.ErrnoException).code})`)
  }
}
