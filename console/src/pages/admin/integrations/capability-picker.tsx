import { Checkbox } from '@mantine/core'
import type { JSX } from 'react'
import { missingFor, withCapability, withoutCapability } from './scope-list.ts'
import type { Capability } from './setup-query.ts'

const groups = [
  { name: 'read', title: 'See' },
  { name: 'write', title: 'Change' },
] as const

/** Ticks for what Owlie shall do; each tick is exactly the scopes it takes. */
export function CapabilityPicker({
  capabilities,
  entered,
  set,
}: {
  capabilities: readonly Capability[]
  entered: readonly string[]
  set: (scopes: readonly string[]) => void
}): JSX.Element {
  return (
    <div className="picker-groups">
      {groups.map(({ name, title }) => (
        <fieldset key={name}>
          <legend>{title}</legend>
          {capabilities
            .filter(({ group }) => group === name)
            .map((capability) => {
              const missing = missingFor(capability, entered)
              const on = missing.length === 0
              return (
                <Checkbox
                  key={capability.name}
                  size="xs"
                  label={capability.label}
                  description={
                    on || missing.length === capability.scopes.length
                      ? capability.purpose
                      : `Lacks ${missing.join(' ')}`
                  }
                  checked={on}
                  onChange={() =>
                    set(
                      on
                        ? withoutCapability(capability, capabilities, entered)
                        : withCapability(capability, entered),
                    )
                  }
                />
              )
            })}
        </fieldset>
      ))}
    </div>
  )
}
