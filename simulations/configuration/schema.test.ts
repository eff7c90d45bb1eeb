import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { parseLayer } from './file.js'
import { SIMULATE_OPTIONS } from './options.js'
import { configurationJson, configurationYaml } from './print.js'
import { resolve, runValues } from './resolve.js'
import { configurationSchema } from './schema.js'

/** Whether the schema takes a document; the validator is the one of our web server. */
async function accepts(document: object): Promise<boolean> {
  const server = Fastify({
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
  })
  server.post('/', { schema: { body: configurationSchema(SIMULATE_OPTIONS) } }, () => 'taken')
  const { statusCode } = await server.inject({ method: 'POST', url: '/', payload: document })
  await server.close()
  return statusCode === 200
}

const resolvedOf = (text: string) => {
  const { values, places } = resolve(SIMULATE_OPTIONS, [parseLayer(SIMULATE_OPTIONS, text, 'run.yaml')])
  return { shown: runValues(SIMULATE_OPTIONS, values), places }
}

const RICH = `
model: fcf
cohort: 12
secureSum: masked
availability: diurnal
regions: eu:1:0.5,us:-5:0.5
split: user-time
testShare: 0.1
eventWeights: {view: 1, cart: 2.5}
settings: {optimiser: adam, factors: 8}
`

describe('the schema of configuration files', () => {
  it.each(['', RICH])('takes what options resolve to: %j', async (text) => {
    expect(await accepts(resolvedOf(text).shown)).toBe(true)
  })

  it('takes settings of the default model where none is named', async () => {
    expect(await accepts({ settings: { factors: 8, alpha: 0.1 } })).toBe(true)
  })

  it.each([
    [{ rouns: 3 }],
    [{ rounds: 0 }],
    [{ rounds: 1.5 }],
    [{ participation: 0 }],
    [{ model: 'magic' }],
    [{ participation: 0.5, cohort: 3 }],
    [{ settings: { optimiser: 'adam' } }],
    [{ model: 'fcf', settings: { optimiser: 'magic' } }],
    [{ settings: { factors: -1 } }],
    [{ eventWeights: { view: 0 } }],
    [{ out: 'here' }],
  ])('refuses %j, as Tacit does', async (document) => {
    expect(await accepts(document)).toBe(false)
  })

  it('describes every key that a file may have', () => {
    const { properties } = configurationSchema(SIMULATE_OPTIONS) as {
      properties: Record<string, { description: string }>
    }
    expect(Object.keys(properties)).toEqual(
      Object.keys(SIMULATE_OPTIONS).filter((name) => !['config', 'out', 'json'].includes(name)),
    )
    for (const { description } of Object.values(properties)) expect(description).toMatch(/\w/)
  })
})

describe('a printed configuration', () => {
  it('is a configuration file that resolves to itself, and says where values came from', () => {
    const { shown, places } = resolvedOf(RICH)
    const yaml = configurationYaml(shown, places)
    expect(yaml).toMatch(/^cohort: 12 # run.yaml:3$/m)
    expect(yaml).toMatch(/^rounds: 15 # default$/m)
    expect(yaml).toMatch(/^ {2}optimiser: adam # run.yaml:10$/m)
    expect(resolvedOf(yaml).shown).toEqual(shown)
  })

  it('is JSON for programs', () => {
    const { shown, places } = resolvedOf(RICH)
    const { options, from } = JSON.parse(configurationJson(shown, places))
    expect(options).toEqual(shown)
    expect(from).toMatchObject({
      cohort: 'run.yaml:3',
      rounds: 'default',
      'settings.optimiser': 'run.yaml:10',
    })
    expect(from.json).toBeUndefined()
  })
})
