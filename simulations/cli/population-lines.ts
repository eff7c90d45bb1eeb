import type { PopulationFigures } from '../population/index.js'

/** What befell the population, for a reader; empty where nothing did. */
export function populationLines({ invited, lost, left, late, waitedMs, speeds }: PopulationFigures): string {
  const causes = Object.entries({ lost, left, late }).map(([reason, bySteps]) => {
    const devices = Object.values(bySteps).reduce((sum, count) => sum + count, 0)
    return devices === 0 ? [] : [`${devices.toLocaleString('en')} ${reason}`]
  })
  const wait = waitedMs === 0 ? [] : [`rounds waited ${(waitedMs / 3_600_000).toFixed(1)} h in all`]
  const what = [...causes.flat(), ...wait]
  const classes = Object.entries(speeds).map(
    ([name, { countedShare }]) => `${name} ${countedShare === null ? '-' : countedShare.toFixed(3)}`,
  )
  return [
    what.length === 0
      ? ''
      : `  population   ${invited.toLocaleString('en')} invitations: ${what.join(', ')}\n`,
    classes.length === 1 ? '' : `  counted      ${classes.join(', ')} of the invited\n`,
  ].join('')
}
