import { Command, InvalidArgumentError } from 'commander'
import { EPSILONS, FRONTIER_MODELS, POPULATIONS, type PopulationName } from '../bench/privacy/settings.js'
import { choiceOption, numberOption, textOption, valueOption } from './flags.js'

interface Flags {
  readonly data: string
  readonly only?: PopulationName
  readonly epsilon: readonly number[]
  readonly seeds: number
  readonly workers: number
  readonly write?: string
}

/** @param print where the figures go */
export function benchPrivacyCommand(print: (figures: object) => void): Command {
  return new Command('privacy')
    .description('accuracy against epsilon: ials and popularity, on public data and synthetic populations')
    .addOption(textOption('--data <dir>', 'folder of the data sets').default('../shared/data', '$TACIT_DATA'))
    .addOption(choiceOption('--only <population>', 'one of the populations', POPULATIONS))
    .addOption(
      valueOption('--epsilon <e,...>', 'these epsilons; infinity: without noise', readEpsilons).default(
        EPSILONS,
        '1,2,4,8,infinity',
      ),
    )
    .addOption(numberOption('--seeds <n>', 'runs of each', { min: 1, max: 100, integer: true }).default(1))
    .addOption(numberOption('--workers <n>', 'threads', { min: 1, max: 64, integer: true }).default(2))
    .addOption(
      textOption('--write <file>', 'merge the rows into this document after each point, and its .json'),
    )
    .action(async ({ data, only, epsilon, write, ...flags }: Flags) => {
      const { measurePoint } = await import('../bench/privacy/measure.js')
      const { writeFrontier } = await import('../bench/privacy/document.js')
      const progress = (line: string) => void process.stderr.write(`${line}\n`)
      const folder = data === '../shared/data' ? (process.env.TACIT_DATA ?? data) : data
      const rows = []
      for (const population of POPULATIONS.filter((one) => only === undefined || one === only)) {
        for (const model of FRONTIER_MODELS) {
          for (const one of epsilon) {
            const point = { population, model, epsilon: one }
            const row = await measurePoint(point, { ...flags, data: folder, progress })
            rows.push(row)
            // At once: whoever stops here keeps what is measured.
            if (write !== undefined) writeFrontier(write, [row])
          }
        }
      }
      print(rows)
    })
}

function readEpsilons(text: string): readonly number[] {
  return text.split(',').map((part) => {
    const name = part.trim().toLowerCase()
    const epsilon = name === 'infinity' || name === 'inf' ? Number.POSITIVE_INFINITY : Number(name || 'none')
    if (!(epsilon > 0)) throw new InvalidArgumentError('It is not a list of positive numbers, or infinity.')
    return epsilon
  })
}
