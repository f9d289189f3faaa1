/** More of a kind came, changed or went than the mass-change guard lets through; nothing of it may be stored. */
export class TooMuch extends Error {
  readonly label: string
  /** In words. */
  readonly reasons: readonly string[]

  constructor(label: string, reasons: readonly string[]) {
    super('more than the mass-change guard lets through')
    this.name = 'TooMuch'
    this.label = label
    this.reasons = reasons
  }
}
