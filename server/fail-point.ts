/**
 * Named moments between two effects, where `npm run chaos` ends a process. A list, so that a run can draw from it and
 * say which of them it reached. Unarmed, a point costs one comparison; nothing a server is given can arm it: only
 * code of the process itself does, and only the tests' does.
 */
export const failPoints = [
  'jobs.lease.taken',
  'jobs.lease.unreturned',
  'jobs.sweep.freed',
  'sync.turn.opened',
  'sync.session.opened',
  'sync.kind.begun',
  'sync.page.read',
  'sync.page.stored',
  'sync.page.committed',
  'sync.kind.ended',
  'sync.turn.left',
  'sync.run.closing',
  'sync.run.closed',
  'provisioning.plan.made',
  'provisioning.plan.stored',
  'provisioning.begun',
  'provisioning.step.looked',
  'provisioning.intent.written',
  'provisioning.touched',
  'provisioning.outcome.written',
  'provisioning.doubt.looked',
  'provisioning.proved',
  'provisioning.step.ended',
  'provisioning.finishing',
] as const

export type FailPoint = (typeof failPoints)[number]

let armed: ((at: FailPoint) => void) | null = null

/** What happens at every point from now on; null: nothing. */
export function armFailPoints(action: ((at: FailPoint) => void) | null): void {
  armed = action
}

export function failPoint(at: FailPoint): void {
  if (armed !== null) armed(at)
}
