import { ActionIcon, Button, Checkbox, Menu, Modal } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import { IconDots } from '@tabler/icons-react'
import { type JSX, type ReactNode, useState } from 'react'
import { api, type Failure, failuresOf } from '../../../api.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import {
  EndSessionsMutation,
  type Person,
  RemovePersonMutation,
  ResetPasswordMutation,
  type Role,
  roles,
  SetDisabledMutation,
  SetRoleMutation,
} from './people-query.ts'

/** What an action answered: nothing more to say, a one-time password to show, or why not. */
interface Outcome {
  readonly password?: string
  readonly failures?: readonly Failure[]
}

interface Act {
  readonly title: string
  readonly words: ReactNode
  readonly button: string
  readonly danger?: boolean
  readonly done: string | null
  readonly withFactor?: boolean
  run(secondFactor: boolean): Promise<Outcome>
}

type Answer = { readonly __typename?: string; readonly failures?: readonly Failure[] }
const outcome = (result: Answer): Outcome => (result.failures ? { failures: result.failures } : {})

/** Everything that can be done to one person; each is asked once more, with what it does. */
export function PersonMenu({
  person,
  changed,
  issue,
}: {
  person: Person
  changed: () => void
  issue: (password: string) => void
}): JSX.Element {
  const [act, setAct] = useState<Act | null>(null)
  const { id, name, isViewer } = person
  const own = isViewer ? 'Not for your own account: ask another admin.' : undefined
  return (
    <>
      <Menu
        position="bottom-end"
        shadow="md"
        width={240}
        withInitialFocusPlaceholder={false}
        portalProps={{ target: '#content' }}
      >
        <Menu.Target>
          <ActionIcon variant="default" size={28} aria-label={`Actions for ${name}`}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>Role</Menu.Label>
          {roles
            .filter(({ value }) => value !== person.role)
            .map(({ value, label }) => (
              <Menu.Item key={value} onClick={() => setAct(toRole(person, value, label))}>
                Make {label.toLowerCase()}…
              </Menu.Item>
            ))}
          <Menu.Divider />
          <Menu.Label>Sign-in</Menu.Label>
          <Menu.Item onClick={() => setAct(signOutOf(person))}>Sign out everywhere…</Menu.Item>
          <Menu.Item disabled={isViewer} title={own} onClick={() => setAct(resetOf(person))}>
            Reset password…
          </Menu.Item>
          <Menu.Item disabled={isViewer} title={own} onClick={() => setAct(disableOf(person))}>
            {person.disabledAt ? 'Enable…' : 'Disable…'}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item disabled={isViewer} title={own} onClick={() => setAct(removeOf(person))}>
            Remove…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={act !== null} onClose={() => setAct(null)} title={act?.title}>
        {act && (
          <Confirm
            key={`${act.title}${id}`}
            act={act}
            close={() => setAct(null)}
            done={(password) => {
              setAct(null)
              if (act.done) notifications.show({ message: act.done })
              if (password) issue(password)
              changed()
            }}
          />
        )}
      </Modal>
    </>
  )
}

function Confirm({
  act,
  close,
  done,
}: {
  act: Act
  close: () => void
  done: (password: string | undefined) => void
}): JSX.Element {
  const [secondFactor, setSecondFactor] = useState(false)
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const run = useMutation({
    mutationFn: () => act.run(secondFactor),
    onSuccess: (result) => (result.failures ? setFailures(result.failures) : done(result.password)),
    onError: (error) => setFailures(failuresOf(error)),
  })
  return (
    <div className="stack">
      <p style={{ margin: 0 }}>{act.words}</p>
      {act.withFactor && (
        <Checkbox
          label="Remove the second factor too"
          description="When the phone and the backup codes are lost."
          checked={secondFactor}
          onChange={(event) => setSecondFactor(event.currentTarget.checked)}
        />
      )}
      {failures.length > 0 && <FailureNote failures={failures} />}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button
          loading={run.isPending}
          onClick={() => run.mutate()}
          {...(act.danger ? { color: 'red.8' } : {})}
        >
          {act.button}
        </Button>
      </div>
    </div>
  )
}

function toRole({ id, name, role: before }: Person, role: Role, label: string): Act {
  return {
    title: `Make ${name} ${label.toLowerCase()}`,
    words: `${name} is ${before} now. They are signed out, and what they may do changes at once.`,
    button: `Make ${label.toLowerCase()}`,
    done: `${name} is ${role} now.`,
    run: async () => outcome((await api(SetRoleMutation, { id, role })).result),
  }
}

function signOutOf({ id, name }: Person): Act {
  return {
    title: `Sign ${name} out`,
    words: 'Every session of theirs ends now. They can sign in again.',
    button: 'Sign out everywhere',
    done: `${name} is signed out everywhere.`,
    run: async () => outcome((await api(EndSessionsMutation, { id })).result),
  }
}

function resetOf({ id, name, secondFactor: has }: Person): Act {
  return {
    title: `Reset the password of ${name}`,
    words: 'Their password works no more and every session ends. You get a one-time password to pass on.',
    button: 'Reset password',
    done: null,
    withFactor: has,
    async run(secondFactor) {
      const { result } = await api(ResetPasswordMutation, { id, secondFactor })
      return result.__typename === 'IssuedPassword'
        ? { password: result.oneTimePassword }
        : { failures: result.failures }
    },
  }
}

function disableOf({ id, name, disabledAt }: Person): Act {
  const disabled = disabledAt === null
  return {
    title: `${disabled ? 'Disable' : 'Enable'} ${name}`,
    words: disabled
      ? 'They are signed out and not let in any more. What they did stays, and they can be enabled again.'
      : 'They may sign in again with the password they had.',
    button: disabled ? 'Disable' : 'Enable',
    danger: disabled,
    done: `${name} is ${disabled ? 'disabled' : 'enabled'}.`,
    run: async () => outcome((await api(SetDisabledMutation, { id, disabled })).result),
  }
}

function removeOf({ id, name }: Person): Act {
  return {
    title: `Remove ${name}`,
    words: 'Their account goes for good; what they did stays in the audit. To keep the account, disable it.',
    button: 'Remove',
    danger: true,
    done: `${name} is removed.`,
    run: async () => outcome((await api(RemovePersonMutation, { id })).result),
  }
}
