/** How a round's plan has its vectors masked: what neighbours and threshold follow from, and who may take part. */
export interface Masking {
  /** What the coordinator is assumed to do: follow the protocol, or tell devices different things. */
  readonly coordinator: 'curious' | 'equivocating'
  /** Share of a group assumed to collude with the coordinator, in [0, 1). */
  readonly adversarial: number
  /** Share of a group assumed to be lost after the shares are dealt, each device by itself, in [0, 1). */
  readonly dropout: number
  /** Whether an issuer vouches for every device's key, or anyone may take part. */
  readonly identity: 'certified' | 'anonymous'
}
