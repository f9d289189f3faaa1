import { Button, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { type JSX, useState } from 'react'
import { api } from '../../../api.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { to } from '../../../path-builder.ts'
import { IdentityPicker, type Picked } from './identity-picker.tsx'
import { LinkMutation, MergeMutation, useDecision } from './identity-query.ts'

interface Named {
  readonly id: string
  readonly displayName: string
}

/** Two identities are one: says what will happen before it does, and that it can be undone. */
export function MergeIdentity({
  from,
  into,
  close,
}: {
  from: Named
  /** Already known, from the review; else it is searched. */
  into?: Picked
  close: () => void
}): JSX.Element {
  const navigate = useNavigate()
  const { decide, failures } = useDecision()
  const [picked, setPicked] = useState<Picked | null>(into ?? null)
  const [reason, setReason] = useState('')
  const merge = (target: Picked) =>
    decide.mutate({
      said: `${from.displayName} is merged into ${target.displayName}.`,
      send: async () => {
        const variables = { fromId: from.id, intoId: target.id, reason: reason || null }
        return (await api(MergeMutation, variables)).mergeIdentities
      },
      then: () => {
        close()
        if (!into) void navigate(to.identity(target.id))
      },
    })
  return (
    <div className="stack">
      {!into && (
        <IdentityPicker
          label="The identity that stays"
          start={from.displayName}
          without={[from.id]}
          picked={picked}
          onPick={setPicked}
        />
      )}
      <TextInput
        label="Reason"
        description="For the record; may be left out."
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <p className="quiet" style={{ margin: 0 }}>
        Every account of <b>{from.displayName}</b> goes to{' '}
        <b>{picked?.displayName ?? 'the identity you choose'}</b>, and {from.displayName} is no longer listed.
        You can undo this later: then everything is as it was.
      </p>
      {failures.length > 0 && <FailureNote failures={failures} />}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button disabled={!picked} loading={decide.isPending} onClick={() => picked && merge(picked)}>
          Merge
        </Button>
      </div>
    </div>
  )
}

/** Gives an account to an identity that is searched: the first link, or a move. */
export function LinkAccount({
  account,
  from,
  close,
}: {
  account: { readonly id: string; readonly displayName: string }
  from?: Named | undefined
  close: () => void
}): JSX.Element {
  const { decide, failures } = useDecision()
  const [picked, setPicked] = useState<Picked | null>(null)
  const link = (target: Picked) =>
    decide.mutate({
      said: `${account.displayName} belongs to ${target.displayName} now.`,
      send: async () => {
        const variables = { accountId: account.id, identityId: target.id, moveFrom: from?.id ?? null }
        return (await api(LinkMutation, variables)).linkAccount
      },
      then: close,
    })
  return (
    <div className="stack">
      <IdentityPicker
        label={from ? 'The identity it belongs to instead' : 'The identity it belongs to'}
        start={account.displayName}
        without={from ? [from.id] : []}
        picked={picked}
        onPick={setPicked}
      />
      <p className="quiet" style={{ margin: 0 }}>
        {from
          ? `No rule gives it back to ${from.displayName}.`
          : 'No rule changes that afterwards, whatever later syncs bring.'}
      </p>
      {failures.length > 0 && <FailureNote failures={failures} />}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button disabled={!picked} loading={decide.isPending} onClick={() => picked && link(picked)}>
          {from ? 'Move account' : 'Link account'}
        </Button>
      </div>
    </div>
  )
}
