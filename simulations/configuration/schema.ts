import { MODELS, type ModelFactory, type SettingRule } from '@tacit/shared/model'
import type { Option, Options, Schema } from './option.js'

/**
 * The JSON Schema of configuration files, draft 7: what YAML editors complete and check by. Settings are those of
 * the model that the file names, or of the default one.
 */
export function configurationSchema(options: Options): Schema {
  const inFile = Object.entries(options).filter(([, option]) => !option.isForCommand)
  const properties = Object.fromEntries(inFile.map(([name, option]) => [name, propertyOf(option)]))
  const exclusive = inFile.flatMap(([name, { insteadOf }]) =>
    insteadOf === undefined ? [] : [{ not: { required: [insteadOf, name] } }],
  )
  const byModel = [...MODELS.values()].map((factory) => settingsRule(factory, options.model?.default))
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of tacit simulate',
    type: 'object',
    additionalProperties: false,
    properties,
    allOf: [...exclusive, ...byModel],
  }
}

function propertyOf({ schema, help, default: fallback }: Option): Schema {
  return { ...schema, description: help, ...(fallback !== undefined && { default: fallback }) }
}

function settingsRule({ name, rules }: ModelFactory, fallback: unknown): Schema {
  const named = { properties: { model: { const: name } } }
  const settings = {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(Object.entries(rules).map(([key, rule]) => [key, settingSchema(rule)])),
  }
  return {
    // Where the file names no model, the default one is meant.
    if: name === fallback ? named : { ...named, required: ['model'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nothing awaits this
    then: { properties: { settings } },
  }
}

function settingSchema({ choices, integer, min, max, description, default: fallback }: SettingRule): Schema {
  const number = { type: integer ? 'integer' : 'number', minimum: min, maximum: max }
  if (!choices) return { ...number, description, default: fallback }
  return { anyOf: [{ enum: [...choices] }, number], description, default: choices[fallback] }
}
