/** Where on the polynomial the device at this place has its share; 0 is the secret itself. */
export function shareIndex(place: number): number {
  return place + 1
}
