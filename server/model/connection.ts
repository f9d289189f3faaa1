/**
 * `ready`: what is saved now was tested and worked. `incomplete`: something is missing, or what is saved was never
 * tested, or its test failed; a sentence says which.
 */
export type ConnectionState = 'incomplete' | 'ready'

export type FinishedTestStatus = 'passed' | 'warning' | 'failed' | 'cancelled'

export type TestStatus = 'running' | FinishedTestStatus
