import { organizationDrives } from './organizations.ts'
import { roleDrives } from './roles-and-groups.ts'
import { surroundingDrives } from './surroundings.ts'
import { userDrives } from './users.ts'
import type { Drives } from './world.ts'

/** One drive of the official SDK for each operation; their keys are the operations, no more and no fewer. */
export const drives: Drives = { ...userDrives, ...roleDrives, ...organizationDrives, ...surroundingDrives }

export { createWorld } from './world.ts'
