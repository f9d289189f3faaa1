import { ActionIcon, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { IconSettings } from '@tabler/icons-react'
import { type JSX, useState } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { ButtonLink } from '../../../parts/button-link.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count } from '../../../parts/figures.ts'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { Page, PageSkeleton } from '../../../parts/page.tsx'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { When } from '../../../parts/when.tsx'
import { to } from '../../../path-builder.ts'
import { useViewer } from '../../../viewer.ts'
import { NothingSynced } from '../list-filters.tsx'
import { ConnectionChoice, useConnectionChoice } from './connection-choice.tsx'
import './drift.css'
import type { Decision, Drift } from './drift-query.ts'
import { decisionNames, decisionWords, typeLabel, typeNames } from './drift-words.tsx'
import { PolicyChange } from './policy-change.tsx'
import { DriftPoliciesQuery, type KindPolicies, type PolicyInput } from './policy-query.ts'
import { SettingChange } from './setting-change.tsx'

/** What is done about drift: a row per kind, a column per type. A change is shown before it is saved. */
export function DriftPoliciesPage(): JSX.Element {
  const search = useSearch({ from: '/signed-in/admin/drift/policies' })
  const navigate = useNavigate()
  const { query, connections, connection } = useConnectionChoice(search.connection)
  if (query.isPending) return <PageSkeleton />
  return (
    <Page
      title="Drift policies"
      wide
      crumbs={[
        <Link key="d" {...to.drift()} className="link">
          Drift
        </Link>,
        'Policies',
      ]}
      lead="Per connection and kind: adopt what is there, flag it for review, put Owlie’s value back, or ignore it."
      actions={
        connections && connection ? (
          <>
            <ConnectionChoice
              connections={connections}
              value={connection.id}
              choose={(id) => void navigate({ ...to.driftPolicies({ connection: id }), replace: true })}
            />
            <ButtonLink {...to.baseline({ connection: connection.id })} variant="default">
              Baseline
            </ButtonLink>
          </>
        ) : undefined
      }
    >
      {query.error && !connections && (
        <FailureNote failures={failuresOf(query.error)} retry={() => void query.refetch()} />
      )}
      {connections && !connection && (
        <div className="sheet">
          <NothingSynced what="policies" />
        </div>
      )}
      {connection && <Matrix key={connection.id} connection={connection} />}
    </Page>
  )
}

function Matrix({ connection }: { connection: { readonly id: string; readonly name: string } }): JSX.Element {
  const may = useViewer().actions.includes('drift.decide')
  const [change, setChange] = useState<{ input: PolicyInput; kind: KindPolicies } | null>(null)
  const [setting, setSetting] = useState<KindPolicies | null>(null)
  const policies = useQuery({
    queryKey: ['drift-policies', connection.id],
    queryFn: ({ signal }) => api(DriftPoliciesQuery, { connectionId: connection.id }, signal),
  })
  const choose = (kind: KindPolicies, type: Drift['type'] | null, policy: Decision | null) =>
    setChange({ kind, input: { connectionId: connection.id, kind: kind.kind, type, policy } })
  const columns: readonly Column<KindPolicies>[] = [
    {
      name: 'Kind',
      width: '24%',
      cell: ({ kind, label, open, intents }) => (
        <>
          {open > 0 ? (
            <Link {...to.drift({ connection: connection.id, kind })} className="strong-link">
              {label}
            </Link>
          ) : (
            <span className="strong-link">{label}</span>
          )}
          <div className="faint">
            {count(intents)} intended · {count(open)} to review
          </div>
        </>
      ),
    },
    {
      name: 'All types',
      cell: (kind) => <Cell kind={kind} type={null} may={may} choose={choose} />,
    },
    ...typeNames.map((type): Column<KindPolicies> => ({
      name: typeLabel(type),
      hideBelow: 1000,
      cell: (kind) =>
        type === 'different' && kind.subject === 'grant' ? (
          <span className="faint">does not occur</span>
        ) : (
          <Cell kind={kind} type={type} may={may} choose={choose} />
        ),
    })),
    {
      name: 'Baseline',
      hideBelow: 720,
      cell: ({ governedSince, governedBy }) =>
        governedSince ? (
          <>
            <When at={governedSince} />
            <div className="faint">{governedBy}</div>
          </>
        ) : (
          <span className="faint">none</span>
        ),
    },
    {
      name: 'Settings',
      cell: (kind) => (
        <ActionIcon
          variant="subtle"
          color="gray"
          disabled={!may}
          aria-label={`Settings of ${kind.label}`}
          onClick={() => setSetting(kind)}
        >
          <IconSettings size={17} />
        </ActionIcon>
      ),
    },
  ]
  return (
    <>
      <div className="sheet matrix">
        <DataTable
          caption="Policies by kind and type"
          columns={columns}
          rows={policies.data && (policies.data.driftPolicies ?? [])}
          rowKey={({ kind }) => kind}
          error={policies.error}
          retry={() => void policies.refetch()}
          empty={
            <Empty title="Nothing here can be a matter of intent.">
              <p>This connection reads no kind whose state could be wished.</p>
            </Empty>
          }
        />
      </div>
      <dl className="policy-words">
        {decisionNames.map((name) => (
          <div key={name}>
            <dt>{decisionWords[name].label}</dt>
            <dd className="quiet">{decisionWords[name].says}</dd>
          </div>
        ))}
      </dl>
      {change && <PolicyChange {...change} close={() => setChange(null)} />}
      {setting && (
        <SettingChange connectionId={connection.id} kind={setting} close={() => setSetting(null)} />
      )}
      <SameElsewhere
        cli={`owlie drift policy ${JSON.stringify(connection.name)}`}
        graphql={`query { driftPolicies(connectionId: "${connection.id}") { kind label effective { type policy scope by } } }`}
      />
    </>
  )
}

/** A choice; what it is when nothing is set here is said in it. */
function Cell({
  kind,
  type,
  may,
  choose,
}: {
  kind: KindPolicies
  type: Drift['type'] | null
  may: boolean
  choose: (kind: KindPolicies, type: Drift['type'] | null, policy: Decision | null) => void
}): JSX.Element {
  const own = kind.set.find((each) => each.type === type)
  const wide = kind.set.find((each) => each.type === null)
  const inherited =
    type === null ? 'Flag (default)' : `${decisionWords[wide?.policy ?? 'flag'].label}, as all`
  return (
    <Select
      aria-label={`${kind.label}, ${type ? typeLabel(type).toLowerCase() : 'all types'}`}
      size="xs"
      w={136}
      disabled={!may}
      value={own?.policy ?? 'inherit'}
      onChange={(value) => choose(kind, type, value === 'inherit' ? null : (value as Decision))}
      data={[
        { value: 'inherit', label: inherited },
        ...decisionNames.map((name) => ({ value: name, label: decisionWords[name].label })),
      ]}
    />
  )
}
