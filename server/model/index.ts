/**
 * # model: the words every ring uses
 *
 * Owns the few values that are passed between features and mean the same everywhere: who does something (`Actor`),
 * how a door says no (`Refusal`), the states of a connection and its test, places in lists, text for order and
 * search, and who can be one of two people. Ring 0: imports connector-kit and nothing else of ours, holds no effects.
 *
 * Promises:
 *  - A door that a person or a program can be told no by returns its value or a `Refusal`. A refusal lists *all*
 *    problems found, each a `Failure` with its remedy and, where it belongs to one, its form field. What is thrown
 *    is a defect.
 *  - An `Actor` is complete enough to be written into the audit as it is; nothing is looked up again later, so the
 *    record stays true when the person is renamed or removed.
 *
 * It stays small on purpose: a word that only one feature uses lives in that feature.
 */
export type { Actor } from './actor.ts'
export { isRefusal, type Refusal, refuse } from './refusal.ts'
export {
  connectionNotFound,
  type ConnectionState,
  type FinishedTestStatus,
  type TestStatus,
} from './connection.ts'
export {
  fromCursor,
  fromNameCursor,
  fromNumberCursor,
  fromTimeCursor,
  isId,
  pageSize,
  toCursor,
} from './cursor.ts'
export { clip, fold } from './fold.ts'
export { refusalAsOneOfTwo } from './two-people.ts'
