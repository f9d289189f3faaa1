/** Why `npm start` cannot go on, for a person: what is so, and what to do. Ends with exit code 1, without a stack. */
export class Stop extends Error {
  readonly remedy: string

  constructor(message: string, remedy: string) {
    super(message)
    this.remedy = remedy
  }
}
