import { type Accountant, MOST_ROUNDS, type NoiseRequest } from '@tacit/shared/dp/accounting'
import { Command, type Option } from 'commander'
import { choiceOption, flagError, numberOption, textOption, valueOption } from './flags.js'
import { writeOutput } from './output-file.js'
import { factsCommand } from './privacy-facts.js'
import {
  basisText,
  checkMechanism,
  leastNoise,
  MECHANISMS,
  mostRounds,
  type Reckoned,
  spentBy,
  upwards,
  usualAccountant,
} from './privacy-mechanism.js'
import { epsilonPlot, PLOTTED_ACCOUNTANTS, readAccountants } from './privacy-plot.js'

interface Flags extends Omit<Reckoned, 'accountant'> {
  readonly noise: number
  readonly rounds: number
  readonly accountant?: Accountant
  readonly json?: true
}

interface EpsilonFlags extends Omit<Flags, 'noise'> {
  readonly noise?: number
  readonly run?: string
}

interface PlotFlags extends Omit<Flags, 'accountant' | 'json'> {
  readonly accountant?: readonly Accountant[]
  readonly output?: string
}

const HELP = `
One device's whole participation is protected: epsilon and delta bound what anyone can tell from the releases about
whether it was there at all. --noise is its standard deviation over the most that one device can change the sum (in L2
norm). Sampling is the probability that a device takes part in a round, by a coin of its own that nobody else
sees; leave it at 1 against a coordinator, and wherever the coordinator chooses who takes part.

Accountants, both upper bounds: pld (privacy loss distributions) is the tighter, and exact for sampling 1; rdp (Renyi)
is quicker, and the one most other tools report. pld is the default for Gaussian noise. Simulations draw whole numbers:
their noise is Skellam unless told otherwise, and reckoned by rdp. It costs more, by its grid and by --dimension, the
coordinates of a device's vector; --run takes all that from a run, and says the flags that it stands for. pld knows
discrete Gaussian noise too, which costs it little where noise is several steps; of Skellam noise it knows --dimension 1.

Examples:
  tacit privacy epsilon --noise 1.5 --sampling 0.05 --rounds 1000 --delta 1e-6
  tacit privacy epsilon --noise 1.5 --sampling 0.04 --rounds 2250 --delta 1e-5 --accountant rdp --json
  tacit privacy epsilon --run runs/first
  tacit privacy epsilon --mechanism skellam --dimension 2003 --noise 1 --rounds 2
  tacit privacy epsilon --mechanism discrete-gaussian --dimension 2003 --noise 1 --rounds 2 --accountant pld
  tacit privacy noise --epsilon 4 --rounds 10
  tacit privacy rounds --epsilon 8 --noise 1.5 --sampling 0.05
  tacit privacy plot --noise 1.5 --sampling 0.05 --rounds 1000 --output epsilon.svg

Exit codes: 0 done, 1 a failure of Tacit itself, 2 bad flags, a budget that no noise reaches, or a folder that
holds no run with privacy.`

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
  return calculation('epsilon', 'what rounds with a noise spend', [noiseOption(), roundsOption(0).default(1)])
    .addOption(
      textOption('--run <dir>', 'reckon that of a finished run anew; takes no other flag than --json'),
    )
    .action(async (flags: EpsilonFlags, command: Command) => {
      if (flags.run === undefined) printEpsilon(flags)
      else await printRun(flags.run, command)
    })
}

function printEpsilon({ noise, ...flags }: EpsilonFlags): void {
  if (noise === undefined) throw flagError('--noise', 'it is not specified; --run takes it from a run')
  const spent = spentBy(reckoned(flags), noise, flags.rounds)
  const basis = basisText(spent.mechanism, spent.accountant)
  print(flags, spent, `epsilon ${upwards(spent.epsilon)} at delta ${flags.delta} ${basis}`)
}

async function printRun(dir: string, command: Command): Promise<void> {
  const extra = command.options.find(
    (option) =>
      !['run', 'json'].includes(option.attributeName()) &&
      command.getOptionValueSource(option.attributeName()) === 'cli',
  )
  if (extra) throw flagError(extra.long!, 'a run says itself what it was')
  const { reckonRun, runText } = await import('./privacy-run.js')
  const found = reckonRun(dir)
  print(command.opts(), found, runText(found))
}

function noiseCommand(): Command {
  return calculation('noise', 'the smallest noise that keeps rounds within a budget', [
    epsilonOption(),
    roundsOption(1).default(1),
  ]).action((given: Omit<NoiseRequest, 'accountant'> & Flags) => {
    const flags = reckoned(given)
    const noise = leastNoise(flags)
    print(given, { noise, ...budgetOf(flags) }, `noise multiplier ${upwards(noise)} ${basisOf(flags)}`)
  })
}

function roundsCommand(): Command {
  return calculation('rounds', 'the most rounds within a budget', [
    epsilonOption(),
    noiseOption().makeOptionMandatory(),
  ]).action((given: Flags & { readonly epsilon: number }) => {
    const flags = reckoned(given)
    const rounds = mostRounds({ ...flags, noiseMultiplier: given.noise })
    // The search looks no further: that many are allowed, and who knows how many more.
    const atLeast = rounds === MOST_ROUNDS
    const found = { rounds, ...(atLeast && { atLeast }), ...budgetOf(flags) }
    print(given, found, `${atLeast ? 'at least ' : ''}${rounds} rounds ${basisOf(flags)}`)
  })
}

function plotCommand(): Command {
  return withMechanism(withSampling(new Command('plot').description('epsilon over rounds, as SVG')))
    .addOption(noiseOption().makeOptionMandatory())
    .addOption(roundsOption(1).makeOptionMandatory())
    .addOption(
      valueOption(
        '--accountant <names>',
        `the curves, separated by commas (default: ${PLOTTED_ACCOUNTANTS.join(',')}; rdp where noise is not Gaussian)`,
        readAccountants,
      ),
    )
    .addOption(textOption('--output <file>', 'where to write it; standard output if not given'))
    .addHelpText('after', HELP)
    .action(({ accountant, output, ...flags }: PlotFlags) => {
      checkMechanism(flags)
      const usual = flags.mechanism === 'gaussian' ? PLOTTED_ACCOUNTANTS : (['rdp'] as const)
      const drawing = epsilonPlot(flags, accountant ?? usual)
      if (output === undefined) process.stdout.write(drawing)
      else writeOutput('--output', output, drawing)
    })
}

function calculation(name: string, description: string, options: readonly Option[]): Command {
  const command = withMechanism(withSampling(new Command(name).description(description)))
  for (const option of options) command.addOption(option)
  return command
    .addOption(
      choiceOption('--accountant <name>', 'how to add up; by itself pld for Gaussian noise, else rdp', [
        'rdp',
        'pld',
      ]),
    )
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
}

function withMechanism(command: Command): Command {
  const whole = (min: number, max: number) => ({ min, max, integer: true })
  return command
    .addOption(
      choiceOption('--mechanism <name>', 'distribution of the noise', MECHANISMS).default('gaussian'),
    )
    .addOption(
      numberOption(
        '--dimension <d>',
        "skellam, discrete-gaussian: coordinates of a device's vector, its metrics included",
        whole(1, 2 ** 31),
      ),
    )
    .addOption(
      numberOption(
        '--bits <q>',
        'skellam, discrete-gaussian: bits of a coordinate on the grid (default: what runs take for the noise)',
        whole(2, 24),
      ),
    )
    .addOption(
      numberOption(
        '--group <n>',
        'discrete-gaussian: devices that make the noise together (default: one draw makes it)',
        whole(2, 1e7),
      ),
    )
    .addOption(
      numberOption('--colluding <share>', 'of the --group: whose noise is not counted on (default: 0.1)', {
        min: 0,
        max: 0.999,
      }),
    )
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
  return numberOption('--noise <multiplier>', "standard deviation over a device's most in L2 norm", rule)
}

function epsilonOption(): Option {
  const rule = { min: 0, max: 1e6 }
  return numberOption('--epsilon <e>', 'the budget', rule).makeOptionMandatory()
}

function roundsOption(min: number): Option {
  return numberOption('--rounds <n>', 'how many', { min, max: 2 ** 30, integer: true })
}

/** With the accountant that is meant. @throws TACIT_FLAG_INVALID */
function reckoned<T extends Omit<Reckoned, 'accountant'> & { readonly accountant?: Accountant }>(
  flags: T,
): T & Reckoned {
  checkMechanism(flags)
  return { ...flags, accountant: flags.accountant ?? usualAccountant(flags.mechanism) }
}

function basisOf({ mechanism, accountant }: Reckoned): string {
  return basisText(mechanism, accountant)
}

function budgetOf({ epsilon, delta, accountant, mechanism }: Reckoned & { readonly epsilon: number }) {
  return { epsilon, delta, accountant, mechanism }
}

function print({ json }: { readonly json?: true }, found: object, described: string): void {
  process.stdout.write(json ? `${JSON.stringify(found)}\n` : `${described}\n`)
}
