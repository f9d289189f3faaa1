import { useQuery } from '@tanstack/react-query'
import { IconArrowRight } from '@tabler/icons-react'
import { Fragment, type JSX } from 'react'
import { api } from '../../api.ts'
import { graphql, type ResultOf } from '../../graphql.ts'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/empty.tsx'
import { count } from '../../parts/figures.ts'
import { Sheet } from '../../parts/page.tsx'
import { When } from '../../parts/when.tsx'
import { EntitlementName, typeWord } from './entitlement-name.tsx'

const AccessQuery = graphql(`
  query AccountAccess($id: ID!) {
    account(id: $id) {
      id
      effectiveAccess {
        asOf
        entitlements {
          entitlement {
            id
            type
            displayName
          }
          origins {
            words
            through {
              id
            }
          }
        }
        permissions {
          name
          description
          api
          apiName
          origins {
            words
          }
        }
        unseen {
          kind
          label
          scopes
        }
      }
    }
  }
`)

type EffectiveAccess = NonNullable<ResultOf<typeof AccessQuery>['account']>['effectiveAccess']
type Gained = EffectiveAccess['entitlements'][number]
type Permission = EffectiveAccess['permissions'][number]

/** What comes to an account by what it holds: through groups, and as permissions of roles. Nothing is asked for it. */
export function AccountAccess({ id }: { id: string }): JSX.Element {
  const found = useQuery({
    queryKey: ['account-access', id],
    queryFn: async ({ signal }) => (await api(AccessQuery, { id }, signal)).account?.effectiveAccess ?? null,
  })
  const access = found.data ?? undefined
  const gained = access?.entitlements.filter(({ origins }) =>
    origins.some(({ through }) => through.length > 0),
  )
  return (
    <>
      {gained && gained.length > 0 && (
        <Sheet title={`Holds ${count(gained.length)} through groups`} flush>
          <DataTable
            caption="What this account holds through groups"
            columns={gainedColumns}
            rows={gained}
            rowKey={({ entitlement }) => entitlement.id}
            empty={null}
          />
        </Sheet>
      )}
      <Sheet title={access ? `May do ${count(access.permissions.length)}` : 'May do'} flush>
        {access && <Basis access={access} />}
        <DataTable
          caption="What this account may do, and through what"
          columns={permissionColumns}
          rows={access?.permissions}
          rowKey={({ api: of, name }) => `${of} ${name}`}
          error={found.error}
          retry={() => void found.refetch()}
          skeletonRows={3}
          empty={
            <Empty title="No permissions that Owlie knows of.">
              <p>No role this account holds was seen to allow anything.</p>
            </Empty>
          }
        />
      </Sheet>
    </>
  )
}

/** From when this is, and what it does not know. */
function Basis({ access: { asOf, unseen } }: { access: EffectiveAccess }): JSX.Element {
  const scopes = [...new Set(unseen.flatMap((one) => one.scopes))]
  return (
    <div className="sheet-body quiet">
      <p style={{ margin: 0 }}>
        Worked out from what sync runs saw
        {asOf ? (
          <>
            {' '}
            as of <When at={asOf} />
          </>
        ) : null}
        . Permissions given to the account itself are not part of a sync; read them below.
      </p>
      {unseen.length > 0 && (
        <p style={{ margin: '4px 0 0' }}>
          Not in here, because never read completely:{' '}
          {unseen.map(({ label }) => label.toLowerCase()).join(', ')}. It takes{' '}
          {scopes.map((scope, at) => (
            <ScopeWord key={scope} scope={scope} isFirst={at === 0} />
          ))}
          .
        </p>
      )}
    </div>
  )
}

function ScopeWord({ scope, isFirst }: { scope: string; isFirst: boolean }): JSX.Element {
  return (
    <>
      {isFirst ? '' : ', '}
      <code className="mono">{scope}</code>
    </>
  )
}

/** One way per line. The arrow is an icon: not every font has the character. */
export function Ways({ words }: { words: readonly string[] }): JSX.Element {
  return (
    <div className="quiet">
      {words.map((way) => (
        <div key={way}>
          {way.split(' → ').map((step, at) => (
            <Fragment key={at}>
              {at > 0 && <IconArrowRight size={12} aria-label="and its" style={{ margin: '0 4px' }} />}
              {step}
            </Fragment>
          ))}
        </div>
      ))}
    </div>
  )
}

export function PermissionName({ name, description }: Pick<Permission, 'name' | 'description'>): JSX.Element {
  return (
    <>
      <code className="mono">{name}</code>
      {description && <div className="quiet">{description}</div>}
    </>
  )
}

const gainedColumns: readonly Column<Gained>[] = [
  {
    name: 'Holds',
    width: '34%',
    cell: ({ entitlement }) => <EntitlementName entitlement={entitlement} />,
  },
  { name: 'Kind', hideBelow: 720, cell: ({ entitlement }) => typeWord(entitlement.type) },
  {
    name: 'Where it comes from',
    cell: ({ origins }) => (
      <Ways words={origins.filter(({ through }) => through.length > 0).map(({ words }) => words)} />
    ),
  },
]

const permissionColumns: readonly Column<Permission>[] = [
  { name: 'Permission', width: '34%', cell: (permission) => <PermissionName {...permission} /> },
  { name: 'API', hideBelow: 720, cell: ({ api: of, apiName }) => apiName ?? of },
  { name: 'Where it comes from', cell: ({ origins }) => <Ways words={origins.map(({ words }) => words)} /> },
]
