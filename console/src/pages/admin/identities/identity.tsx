import { Button, Modal } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { IconArrowMerge, IconPencil } from '@tabler/icons-react'
import { type JSX, useState } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { graphql, type ResultOf } from '../../../graphql.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count } from '../../../parts/figures.ts'
import { Page, PageSkeleton } from '../../../parts/page.tsx'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { When } from '../../../parts/when.tsx'
import { ToneIcon } from '../../../parts/word.tsx'
import { to } from '../../../path-builder.ts'
import { NotFound } from '../../../shell/not-found.tsx'
import { useViewer } from '../../../viewer.ts'
import { EditIdentity } from './edit.tsx'
import { IdentityAccess } from './identity-access.tsx'
import { IdentityAccounts } from './identity-accounts.tsx'
import { IdentityAttributes } from './identity-attributes.tsx'
import { UnmergeMutation, useDecision } from './identity-query.ts'
import { IdentityTimeline } from './identity-timeline.tsx'
import { IdentityName, IdentityWords } from './identity-words.tsx'
import { MergeIdentity } from './merge.tsx'

const IdentityQuery = graphql(`
  query Identity($id: ID!) {
    identity(id: $id) {
      id
      displayName
      email
      kind
      status
      version
      profile
      manual
      createdAt
      createdBy
      mergedInto {
        id
        displayName
      }
      merges {
        id
        reason
        accounts
        mergedAt
        mergedBy
        undoneAt
        undoneBy
        from {
          id
          displayName
        }
        into {
          id
          displayName
        }
      }
      attributes {
        name
        label
        value
        isStale
        accountId
        source {
          id
          connection {
            name
          }
        }
        lost {
          value
          isStale
          source {
            id
            connection {
              name
            }
          }
        }
      }
      accounts {
        nature
        origin
        rule
        score
        decidedAt
        decidedBy
        evidence {
          sentence
          value
        }
        account {
          id
          displayName
          email
          externalId
          status
          staleSince
          grantCount
          connection {
            name
          }
        }
      }
    }
  }
`)

export type IdentityOnPage = NonNullable<ResultOf<typeof IdentityQuery>['identity']>

/** One person or machine: what it is and by whose word, its accounts, what it can reach, and what happened. */
export function IdentityPage(): JSX.Element {
  const { id } = useParams({ from: '/signed-in/admin/identities/$id' })
  const found = useQuery({
    queryKey: ['identity', id],
    queryFn: async ({ signal }) => (await api(IdentityQuery, { id }, signal)).identity,
  })
  if (found.isPending) return <PageSkeleton />
  if (found.error)
    return (
      <Page title="Identity">
        <FailureNote failures={failuresOf(found.error)} retry={() => void found.refetch()} />
      </Page>
    )
  const identity = found.data
  if (!identity) return <NotFound what="There is no such identity." />
  return (
    <Page
      title={identity.displayName}
      crumbs={[
        <Link key="list" {...to.identities()}>
          Identities
        </Link>,
      ]}
      aside={<IdentityWords {...identity} merged={identity.mergedInto !== null} />}
      lead={leadOf(identity)}
      actions={<Actions identity={identity} />}
    >
      <div className="stack-l">
        <Merges identity={identity} />
        <IdentityAccounts identity={identity} />
        <IdentityAccess accounts={identity.accounts.map(({ account }) => account)} />
        <div className="halves">
          <IdentityAttributes attributes={identity.attributes} />
          <IdentityTimeline id={identity.id} />
        </div>
      </div>
      <SameElsewhere
        cli={`owlie identity show ${identity.id}`}
        graphql={`query { identity(id: "${identity.id}") { displayName status attributes { name value source { id } lost { value } } accounts { origin rule account { externalId } } } }`}
      />
    </Page>
  )
}

function leadOf({ email, displayName, profile }: IdentityOnPage): string | undefined {
  const { title, department } = profile as Readonly<Record<string, string | undefined>>
  const parts = [email !== displayName ? email : null, title, department].filter(Boolean)
  return parts.length > 0 ? parts.join(' · ') : undefined
}

function Actions({ identity }: { identity: IdentityOnPage }): JSX.Element | null {
  const { actions } = useViewer()
  const [open, setOpen] = useState<'edit' | 'merge' | null>(null)
  const close = () => setOpen(null)
  if (identity.mergedInto) return null
  return (
    <>
      {actions.includes('identity.merge') && (
        <Button variant="default" leftSection={<IconArrowMerge size={16} />} onClick={() => setOpen('merge')}>
          Merge
        </Button>
      )}
      {actions.includes('identity.write') && (
        <Button leftSection={<IconPencil size={16} />} onClick={() => setOpen('edit')}>
          Edit
        </Button>
      )}
      <Modal opened={open === 'edit'} onClose={close} title={`Edit ${identity.displayName}`} size="lg">
        <EditIdentity
          identity={{
            ...identity,
            manual: identity.manual as Readonly<Record<string, string>>,
            profile: identity.profile as Readonly<Record<string, string>>,
          }}
          close={close}
        />
      </Modal>
      <Modal
        opened={open === 'merge'}
        onClose={close}
        title={`Merge ${identity.displayName} into another`}
        size="lg"
      >
        <MergeIdentity from={identity} close={close} />
      </Modal>
    </>
  )
}

/** Merges that stand, with the way back. */
function Merges({ identity }: { identity: IdentityOnPage }): JSX.Element | null {
  const may = useViewer().actions.includes('identity.merge')
  const { decide, failures } = useDecision()
  const standing = identity.merges.filter(({ undoneAt }) => undoneAt === null)
  if (standing.length === 0) return failures.length > 0 ? <FailureNote failures={failures} /> : null
  const undo = ({ from }: (typeof standing)[number]) =>
    decide.mutate({
      said: `${from.displayName} is itself again.`,
      send: async () => (await api(UnmergeMutation, { id: from.id })).unmergeIdentity,
    })
  return (
    <div className="stack">
      {standing.map((merge) => (
        <div className="note" data-tone="info" key={merge.id}>
          <ToneIcon tone="info" size={18} />
          <div style={{ flex: 1, minWidth: 0 }}>
            {merge.from.id === identity.id ? (
              <>
                Merged into <IdentityName identity={merge.into} />. It holds nothing now.
              </>
            ) : (
              <>
                <IdentityName identity={merge.from} /> was merged into this identity, with{' '}
                {count(merge.accounts)} {merge.accounts === 1 ? 'account' : 'accounts'}.
              </>
            )}
            <div className="quiet">
              By {merge.mergedBy}, <When at={merge.mergedAt} />
              {merge.reason && `: ${merge.reason}`}
            </div>
          </div>
          {may && (
            <Button
              size="compact-sm"
              variant="default"
              loading={decide.isPending}
              onClick={() => undo(merge)}
            >
              Undo the merge
            </Button>
          )}
        </div>
      ))}
      {failures.length > 0 && <FailureNote failures={failures} />}
    </div>
  )
}
