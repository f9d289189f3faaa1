import {
  FailureError,
  type Failure,
  type Json,
  type Observation,
  type Page,
  type PageRequest,
  type ReadResult,
  type Session,
} from '@owlie/connector-kit'
import { type Raw, translateAll } from './translate.ts'

export type Read = (session: Session, request: PageRequest) => Promise<ReadResult>

/** Every reader: one request, one page; a failure is returned, never thrown. */
export function verb(read: (session: Session, request: PageRequest) => Promise<Page>): Read {
  return async (session, request) => {
    try {
      return { page: await read(session, request) }
    } catch (error) {
      if (error instanceof FailureError) return { failure: error.failure }
      throw error
    }
  }
}

/** Auth0 does not take the paging it was asked for: an expired cursor, an offset too deep. */
export function isRefusedPaging(failure: Failure): boolean {
  return failure.kind === 'rejected' && failure.status === 400
}

export function translated<T extends Observation>(
  rows: readonly Raw[],
  translate: (raw: Raw) => T,
  idField: string,
  broken: number,
) {
  const { observations, quarantined } = translateAll(rows, translate, idField)
  const nothing = Array.from({ length: broken }, () => ({ id: null, reason: 'not an object' }))
  return { observations, quarantined: [...quarantined, ...nothing] }
}

export function containerOf({ container }: PageRequest): string {
  if (container) return container
  throw new FailureError({
    kind: 'defect',
    code: 'auth0.no_container',
    message: 'Holders were asked for without saying of what.',
    remedy: 'This is a defect in Owlie: please report it.',
  })
}

/** A stored cursor of this version, or the beginning. Another version means an upgrade: begin again. */
export function startOr<T extends { readonly v: number }>(cursor: Json, first: T): T {
  const stored = cursor as unknown as T | null
  return typeof stored === 'object' && stored !== null && stored.v === first.v ? stored : first
}

export function json(value: object): Json {
  return value as unknown as Json
}
