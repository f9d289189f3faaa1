import { Button, Checkbox } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { type JSX, useState } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { RefusalFields } from '../../../failure-fields.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { ButtonLink } from '../../../parts/button-link.tsx'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count, percent, plural } from '../../../parts/figures.ts'
import { Page, PageSkeleton, Sheet } from '../../../parts/page.tsx'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { When } from '../../../parts/when.tsx'
import { Word } from '../../../parts/word.tsx'
import { to } from '../../../path-builder.ts'
import { useViewer } from '../../../viewer.ts'
import { NothingSynced } from '../list-filters.tsx'
import { ConnectionChoice, useConnectionChoice } from './connection-choice.tsx'
import './drift.css'

const BaselineFields = graphql(`
  fragment BaselineFields on Baseline @_unmask {
    id
    status
    actor
    startedAt
    finishedAt
    kinds {
      kind
      label
      total
      taken
      kept
      finishedAt
    }
  }
`)

const PreviewQuery = graphql(
  `
    query PreviewBaseline($connectionId: ID!) {
      previewBaseline(connectionId: $connectionId) {
        __typename
        ... on BaselinePreview {
          kinds {
            kind
            label
            fresh
            kept
            completeAt
          }
        }
        ...RefusalFields
      }
      latestBaseline(connectionId: $connectionId) {
        ...BaselineFields
      }
    }
  `,
  [BaselineFields, RefusalFields],
)

const TakeMutation = graphql(
  `
    mutation TakeBaseline($connectionId: ID!, $kinds: [String!]!) {
      takeBaseline(connectionId: $connectionId, kinds: $kinds) {
        __typename
        ...BaselineFields
        ...RefusalFields
      }
    }
  `,
  [BaselineFields, RefusalFields],
)

const CancelMutation = graphql(
  `
    mutation CancelBaseline($id: ID!) {
      cancelBaseline(id: $id) {
        __typename
        ...RefusalFields
      }
    }
  `,
  [RefusalFields],
)

type Latest = NonNullable<ResultOf<typeof PreviewQuery>['latestBaseline']>
type PreviewKind = Extract<
  ResultOf<typeof PreviewQuery>['previewBaseline'],
  { __typename: 'BaselinePreview' }
>['kinds'][number]

/** "What is now is as it should be": what that would take, kind by kind, and then how far it has come. */
export function BaselinePage(): JSX.Element {
  const search = useSearch({ from: '/signed-in/admin/drift/baseline' })
  const navigate = useNavigate()
  const { query, connections, connection } = useConnectionChoice(search.connection)
  if (query.isPending) return <PageSkeleton />
  return (
    <Page
      title="Take what is now as intent"
      tab="Baseline"
      crumbs={[
        <Link key="d" {...to.drift()} className="link">
          Drift
        </Link>,
        'Baseline',
      ]}
      lead="A first answer to what ought to be: everything the last sync saw. Nothing in the target is touched. From then on, what changes outside Owlie is listed as drift."
      actions={
        connections && connection ? (
          <ConnectionChoice
            connections={connections}
            value={connection.id}
            choose={(id) => void navigate({ ...to.baseline({ connection: id }), replace: true })}
          />
        ) : undefined
      }
    >
      {query.error && !connections && (
        <FailureNote failures={failuresOf(query.error)} retry={() => void query.refetch()} />
      )}
      {connections && !connection && (
        <div className="sheet">
          <NothingSynced what="accounts" />
        </div>
      )}
      {connection && <Wizard key={connection.id} connection={connection} />}
    </Page>
  )
}

function Wizard({ connection }: { connection: { readonly id: string; readonly name: string } }): JSX.Element {
  const client = useQueryClient()
  const preview = useQuery({
    queryKey: ['baseline', connection.id],
    queryFn: ({ signal }) => api(PreviewQuery, { connectionId: connection.id }, signal),
    refetchInterval: ({ state }) => (state.data?.latestBaseline?.status === 'running' ? 700 : false),
  })
  const again = () => client.invalidateQueries({ queryKey: ['baseline', connection.id] })
  const { previewBaseline, latestBaseline } = preview.data ?? {}
  const kinds = previewBaseline?.__typename === 'BaselinePreview' ? previewBaseline.kinds : undefined
  return (
    <div className="stack-l">
      {previewBaseline?.__typename === 'Refusal' && <FailureNote failures={previewBaseline.failures} />}
      {latestBaseline && <Progress baseline={latestBaseline} again={again} connectionId={connection.id} />}
      {latestBaseline?.status !== 'running' && (
        <Choice
          connectionId={connection.id}
          kinds={kinds}
          error={preview.error}
          retry={() => void preview.refetch()}
          again={again}
        />
      )}
      <SameElsewhere
        cli={`owlie drift baseline ${JSON.stringify(connection.name)} --take`}
        graphql={`mutation { takeBaseline(connectionId: "${connection.id}", kinds: ["users", "roles", "role_members"]) { ... on Baseline { id status } ... on Refusal { failures { code message remedy } } } }`}
      />
    </div>
  )
}

function Choice({
  connectionId,
  kinds,
  error,
  retry,
  again,
}: {
  connectionId: string
  kinds: readonly PreviewKind[] | undefined
  error: unknown
  retry: () => void
  again: () => Promise<void>
}): JSX.Element {
  const may = useViewer().actions.includes('assignment.write')
  // Null: not touched; then every kind that can be taken and has something new.
  const [picked, setPicked] = useState<ReadonlySet<string> | null>(null)
  const offered = (kinds ?? []).filter(({ completeAt, fresh }) => completeAt && fresh > 0)
  const chosen = picked ?? new Set(offered.map(({ kind }) => kind))
  const sum = (kinds ?? []).filter(({ kind }) => chosen.has(kind)).reduce((all, { fresh }) => all + fresh, 0)
  const taking = useMutation({
    mutationFn: () => api(TakeMutation, { connectionId, kinds: [...chosen] }),
    onSuccess: async ({ takeBaseline }) => {
      if (takeBaseline.__typename === 'Baseline') setPicked(null)
      await again()
    },
  })
  const answer = taking.data?.takeBaseline
  const columns: readonly Column<PreviewKind>[] = [
    {
      name: 'Kind',
      width: '40%',
      cell: ({ kind, label, completeAt }) => (
        <Checkbox
          label={label}
          checked={chosen.has(kind)}
          disabled={!may || completeAt === null}
          onChange={(event) => {
            const next = new Set(chosen)
            if (event.currentTarget.checked) next.add(kind)
            else next.delete(kind)
            setPicked(next)
          }}
        />
      ),
    },
    { name: 'New', numeric: true, cell: ({ fresh }) => count(fresh) },
    { name: 'Wished already', numeric: true, hideBelow: 720, cell: ({ kept }) => count(kept) },
    {
      name: 'Read completely',
      cell: ({ completeAt }) =>
        completeAt ? <When at={completeAt} /> : <Word tone="warn">Never, cannot be taken</Word>,
    },
  ]
  return (
    <Sheet title="What would be taken" flush>
      <DataTable
        caption="What a baseline would take"
        columns={columns}
        rows={kinds}
        rowKey={({ kind }) => kind}
        error={error}
        retry={retry}
        empty={<NothingSynced what="kinds to take" />}
      />
      <div className="sheet-body stack">
        {answer?.__typename === 'Refusal' && <FailureNote failures={answer.failures} />}
        {taking.error && <FailureNote failures={failuresOf(taking.error)} />}
        <div className="row">
          <Button
            disabled={!may || chosen.size === 0}
            loading={taking.isPending}
            onClick={() => taking.mutate()}
          >
            Take {count(sum)} as intent
          </Button>
          <span className="quiet">
            {may
              ? 'What is wished already stays as it is. Taking it twice changes nothing.'
              : 'An admin can do that.'}
          </span>
        </div>
      </div>
    </Sheet>
  )
}

function Progress({
  baseline,
  again,
  connectionId,
}: {
  baseline: Latest
  again: () => Promise<void>
  connectionId: string
}): JSX.Element {
  const may = useViewer().actions.includes('assignment.write')
  const cancelling = useMutation({
    mutationFn: () => api(CancelMutation, { id: baseline.id }),
    onSuccess: again,
  })
  const isRunning = baseline.status === 'running'
  const taken = baseline.kinds.reduce((sum, kind) => sum + kind.taken, 0)
  return (
    <Sheet
      title={isRunning ? 'Taking what is now as intent' : 'Last baseline'}
      actions={
        isRunning ? (
          <Button
            size="compact-sm"
            variant="default"
            disabled={!may}
            loading={cancelling.isPending}
            onClick={() => cancelling.mutate()}
          >
            Stop
          </Button>
        ) : (
          <ButtonLink {...to.drift({ connection: connectionId })} variant="default" size="compact-sm">
            See drift
          </ButtonLink>
        )
      }
    >
      <div className="stack">
        <p className="quiet" style={{ margin: 0 }} aria-live="polite">
          {isRunning ? (
            'It goes on when you leave this page, and after a restart.'
          ) : (
            <>
              {baseline.status === 'cancelled' ? 'Stopped' : 'Taken'} by {baseline.actor}{' '}
              <When at={baseline.finishedAt} />: {plural(taken, 'intention')} made.
            </>
          )}
        </p>
        {baseline.kinds.map((kind) => (
          <div key={kind.kind}>
            <div className="row" style={{ justifyContent: 'space-between' }}>
              <span>{kind.label}</span>
              <span className="num quiet">
                {count(kind.taken + kind.kept)} of {count(kind.total)}
                {kind.kept > 0 && ` · ${count(kind.kept)} wished already`}
              </span>
            </div>
            <span
              className="bar"
              role="progressbar"
              aria-label={kind.label}
              aria-valuenow={kind.finishedAt ? 100 : percent(kind.taken + kind.kept, kind.total)}
              aria-valuemin={0}
              aria-valuemax={100}
            >
              <span
                style={{
                  width: `${kind.finishedAt ? 100 : percent(kind.taken + kind.kept, kind.total)}%`,
                }}
              />
            </span>
          </div>
        ))}
      </div>
    </Sheet>
  )
}
