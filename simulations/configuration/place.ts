import { TacitError } from '@tacit/shared/errors'

/** Where a value came from, or is to be corrected. */
export type Place =
  | { readonly from: 'default' }
  | { readonly from: 'file'; readonly file: string; readonly line: number }
  | { readonly from: 'environment'; readonly variable: string }
  | { readonly from: 'flag'; readonly flag: string }

/** Places of values by their names; a setting's is `settings.NAME`. */
export type Places = ReadonlyMap<string, Place>

/** What one place says. */
export interface Layer {
  readonly values: Readonly<Record<string, unknown>>
  readonly places: Places
}

/** In words, for people. */
export function placeText(place: Place): string {
  if (place.from === 'file') return `${place.file}:${place.line}`
  if (place.from === 'environment') return place.variable
  return place.from === 'flag' ? place.flag : 'default'
}

/** TACIT_FLAG_INVALID for a flag, else TACIT_CONFIG_INVALID, naming the place. */
export function refusal(name: string, place: Place | undefined, problem: string): TacitError {
  if (place?.from === 'flag') return new TacitError('TACIT_FLAG_INVALID', { flag: place.flag, problem })
  const path =
    place?.from === 'file'
      ? `${placeText(place)} ${name}`
      : place?.from === 'environment'
        ? place.variable
        : name
  return new TacitError('TACIT_CONFIG_INVALID', { path, problem })
}
