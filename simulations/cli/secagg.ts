import { TacitError } from '@tacit/shared/errors'
import { type GraphParameters, type GraphRequirements, graphParameters } from '@tacit/shared/secagg'
import { Command } from 'commander'
import { choiceOption, numberOption } from './flags.js'

interface Flags extends GraphRequirements {
  readonly json?: boolean
}

const HELP = `
Each device shares its secrets with its neighbours, and so many shares as the threshold open one. The smallest numbers
are searched for which a group's privacy breaks with a probability below 2^-40 and a round aborts with one below 2^-20.

Examples:
  tacit secagg parameters --devices 1000
  tacit secagg parameters --devices 200 --adversarial 0.33 --dropout 0.1 --coordinator equivocating --json
  tacit secagg parameters --devices 500 --dropout 0.3 --losses binomial

Exit codes: 0 done, 1 a failure of Tacit itself, 2 bad flags, or no parameters suffice.`

export function secaggCommand(): Command {
  return new Command('secagg').addCommand(
    new Command('parameters')
      .description('neighbours and threshold for a group of devices')
      .addOption(
        numberOption('--devices <n>', 'devices of the group', {
          min: 2,
          max: 100_000,
          integer: true,
        }).makeOptionMandatory(),
      )
      .addOption(shareOption('--adversarial <share>', 'share of them that colludes with the coordinator'))
      .addOption(shareOption('--dropout <share>', 'share of them that is lost on the way'))
      .addOption(
        choiceOption('--coordinator <kind>', 'may it tell devices different survivors?', [
          'curious',
          'equivocating',
        ]).default('equivocating'),
      )
      .addOption(
        choiceOption('--losses <kind>', 'exactly that share is lost, or each device with that probability', [
          'fixed',
          'binomial',
        ]).default('fixed'),
      )
      .option('--json', 'print one JSON object')
      .addHelpText('after', HELP)
      .action((flags: Flags) => {
        const found = parametersFor(flags)
        process.stdout.write(flags.json ? `${JSON.stringify(found)}\n` : described(found))
      }),
  )
}

function shareOption(flags: string, description: string) {
  return numberOption(flags, description, { min: 0, max: 0.999 }).default(0.1)
}

/** @throws TACIT_SECAGG_NO_PARAMETERS */
function parametersFor(flags: Flags): GraphParameters {
  const found = graphParameters(flags)
  if (found) return found
  const { devices, adversarial, dropout, losses, coordinator } = flags
  throw new TacitError('TACIT_SECAGG_NO_PARAMETERS', { devices, adversarial, dropout, losses, coordinator })
}

function described({ neighbours, threshold, privacyBits, correctnessBits }: GraphParameters): string {
  return [
    `neighbours  ${neighbours}`,
    `threshold   ${threshold}`,
    `privacy     ${rounded(privacyBits)} bits`,
    `correctness ${rounded(correctnessBits)} bits`,
    '',
  ].join('\n')
}

/** Down, so that no more is promised than is there. */
function rounded(bits: number): string {
  return (Math.floor(bits * 10) / 10).toFixed(1)
}
