import { Button, Input } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type JSX, type ReactNode, useState } from 'react'
import { api, type Failure, failuresOf } from '../../../api.ts'
import { RefusalFields } from '../../../failure-fields.ts'
import { graphql } from '../../../graphql.ts'
import { CopyButton } from '../../../parts/copy-button.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { Snippet } from '../../../parts/snippet.tsx'
import { When } from '../../../parts/when.tsx'
import type { ConnectionForm } from './connection-form.ts'
import type { ConnectionWork } from './connection-work.ts'
import {
  type Connection,
  type Connector,
  type Field,
  type PublicKey,
  type WaitingKey,
  WaitingKeyFields,
} from './setup-query.ts'

const WaitingQuery = graphql(
  `
    query WaitingKeys($connector: String!) {
      waitingKeys(connector: $connector) {
        ...WaitingKeyFields
      }
    }
  `,
  [WaitingKeyFields],
)

const CreateKeyMutation = graphql(
  `
    mutation CreateConnectionKey($connector: String, $connectionId: ID) {
      createConnectionKey(connector: $connector, connectionId: $connectionId) {
        __typename
        ...WaitingKeyFields
        ...RefusalFields
      }
    }
  `,
  [WaitingKeyFields, RefusalFields],
)

interface Props {
  readonly connector: Connector
  readonly connection: Connection | null
  readonly form: ConnectionForm
  readonly work: ConnectionWork
}

/** Below the secret: that there is another way, and for one that is being replaced, the step that does it safely. */
export function KeyOffer({
  field,
  connector,
  connection,
  form,
  work,
  hasCredential,
}: Props & { field: Field; hasCredential: boolean }): JSX.Element {
  const take = useKey(connector, connection, form)
  const typed = (form.secrets[field.name] ?? '') !== ''
  return (
    <div className="credential-ways">
      {hasCredential && <ReplaceButton form={form} work={work} disabled={!typed} />}
      {field.keyPair && (
        <Button size="compact-xs" variant="subtle" loading={take.isPending} onClick={() => take.mutate()}>
          Use a key pair instead of a secret
        </Button>
      )}
      {take.failures.length > 0 && <FailureNote failures={take.failures} />}
    </div>
  )
}

/** A key pair in the secret's place. What is shown is its public half; the private one never leaves the server. */
export function KeyField({
  label,
  connector,
  connection,
  inUse,
  form,
  work,
  error,
}: Props & {
  label: string
  /** The stored one that still applies. */
  inUse: Connection['secrets'][number] | null
  error: ReactNode
}): JSX.Element {
  const take = useKey(connector, connection, form)
  const { key } = form
  const hasCredential = connection?.secrets.some(({ configured }) => configured) === true && !form.rebound
  return (
    <Input.Wrapper label={label} labelElement="div" error={error}>
      {inUse?.publicKey && (
        <div className="secret-kept">
          <span>
            in use · <Thumbprint of={inUse.publicKey} />
            {inUse.setBy && <> · set by {inUse.setBy}</>}
            {inUse.setAt && (
              <>
                , <When at={inUse.setAt} />
              </>
            )}
          </span>
          {!key && (
            <Button
              size="compact-xs"
              variant="default"
              loading={take.isPending}
              onClick={() => take.mutate()}
            >
              Replace
            </Button>
          )}
        </div>
      )}
      {inUse?.publicKey && !key && <Shown publicKey={inUse.publicKey} />}
      {key && <Chosen waiting={key} isNext={hasCredential} />}
      <div className="credential-ways">
        {key && hasCredential && <ReplaceButton form={form} work={work} disabled={false} />}
        {key && inUse && (
          <Button size="compact-xs" variant="subtle" onClick={() => form.setKey(null)}>
            Keep the one in use
          </Button>
        )}
        {!(key && inUse) && (
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => {
              form.setKey(null)
              if (inUse) form.setReplacing(true)
            }}
          >
            Use a Client Secret instead
          </Button>
        )}
      </div>
      {take.failures.length > 0 && <FailureNote failures={take.failures} />}
    </Input.Wrapper>
  )
}

function Chosen({ waiting, isNext }: { waiting: WaitingKey; isNext: boolean }): JSX.Element {
  return (
    <div className="key-chosen">
      <p>
        {isNext ? 'The next key pair' : 'A key pair'}, made by {waiting.madeBy} <When at={waiting.madeAt} />.
        Owlie keeps the private key. Add this public key to the application in Auth0, under{' '}
        <b>Credentials &gt; Private Key JWT</b>
        {isNext ? ' beside the one in use, then test and replace.' : ', algorithm RS256.'}
      </p>
      <Snippet text={waiting.publicKey.pem} label="public key" />
      <KeyForms publicKey={waiting.publicKey} />
    </div>
  )
}

function Shown({ publicKey }: { publicKey: PublicKey }): JSX.Element {
  const [open, setOpen] = useState(false)
  if (!open)
    return (
      <Button size="compact-xs" variant="subtle" mt={4} onClick={() => setOpen(true)}>
        Show the public key
      </Button>
    )
  return (
    <div className="key-chosen">
      <Snippet text={publicKey.pem} label="public key" />
      <KeyForms publicKey={publicKey} />
    </div>
  )
}

function KeyForms({ publicKey }: { publicKey: PublicKey }): JSX.Element {
  return (
    <div className="row" style={{ gap: 6 }}>
      <CopyButton text={publicKey.pem}>Copy public key</CopyButton>
      <CopyButton text={JSON.stringify(publicKey.jwk)}>Copy as JWK</CopyButton>
      <span className="faint">
        Thumbprint <Thumbprint of={publicKey} />
      </span>
    </div>
  )
}

function Thumbprint({ of }: { of: PublicKey }): JSX.Element {
  return (
    <code className="mono" title={of.thumbprint}>
      {of.thumbprint.slice(0, 12)}…
    </code>
  )
}

function ReplaceButton({
  form,
  work,
  disabled,
}: {
  form: ConnectionForm
  work: ConnectionWork
  disabled: boolean
}): JSX.Element {
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        disabled={disabled || !form.onlyCredential || work.testing}
        loading={work.testing}
        onClick={work.replace}
      >
        Test and replace
      </Button>
      <span className="faint">
        {form.onlyCredential
          ? 'The one in use stays until the new one has passed.'
          : 'Save or undo the other changes first.'}
      </span>
    </>
  )
}

/** Chooses the newest key pair that waits here; where there is none, one is made. */
function useKey(connector: Connector, connection: Connection | null, form: ConnectionForm) {
  const queries = useQueryClient()
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const waiting = useQuery({
    queryKey: ['waiting-keys', connector.name],
    queryFn: async ({ signal }) =>
      (await api(WaitingQuery, { connector: connector.name }, signal)).waitingKeys,
    enabled: false,
  })
  const take = useMutation({
    mutationFn: async () => {
      setFailures([])
      const there = connection ? connection.waitingKeys : ((await waiting.refetch()).data ?? [])
      if (there[0]) return form.setKey(there[0])
      const place = connection ? { connectionId: connection.id } : { connector: connector.name }
      const { createConnectionKey: made } = await api(CreateKeyMutation, place)
      if (made.__typename === 'Refusal') return setFailures(made.failures)
      form.setKey(made)
      await queries.invalidateQueries({ queryKey: ['setup', connector.name] })
    },
    onError: (error) => setFailures(failuresOf(error)),
  })
  return { isPending: take.isPending, mutate: () => take.mutate(), failures }
}
