import type { Database } from '../../db/index.ts'

/** A process's life within this one: after its death nothing it still does reaches the database. */
export interface Life {
  readonly database: Database
  isOver(): boolean
  /** Resolves with its death. */
  readonly death: Promise<void>
  die(): never
}

class Died extends Error {
  constructor() {
    super('this process is dead')
    this.name = 'Died'
  }
}

/** Transactions under way are rolled back, as PostgreSQL does when a connection breaks. */
export function beginLife({ pool, tenant, system, close }: Database): Life {
  let over = false
  let tell = () => {}
  const death = new Promise<void>((resolve) => (tell = resolve))
  const breathe = () => {
    if (over) throw new Died()
  }
  const alive =
    <A, T>(work: (trx: A) => Promise<T>) =>
    async (trx: A) => {
      const value = await work(trx)
      breathe()
      return value
    }
  return {
    database: {
      ...{ pool, close },
      async tenant(tenantId, work) {
        breathe()
        return tenant(tenantId, alive(work))
      },
      async system(work) {
        breathe()
        return system(alive(work))
      },
    },
    isOver: () => over,
    death,
    die() {
      over = true
      tell()
      throw new Died()
    },
  }
}
