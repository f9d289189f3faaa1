import { Skeleton, Timeline } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { JSX } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { graphql } from '../../../graphql.ts'
import { inWords } from '../../../parts/attributes.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { Sheet } from '../../../parts/page.tsx'
import { When } from '../../../parts/when.tsx'
import { to } from '../../../path-builder.ts'
import { useViewer } from '../../../viewer.ts'
import { actionWords, IdentityName, ruleWords } from './identity-words.tsx'

const TimelineQuery = graphql(`
  query IdentityTimeline($id: ID!) {
    identity(id: $id) {
      id
      timeline(first: 60) {
        at
        action
        actor
        accountId
        accountName
        detail
        otherIdentity {
          id
          displayName
        }
      }
    }
  }
`)

/** Decisions from the audit, and what sync runs saw. */
export function IdentityTimeline({ id }: { id: string }): JSX.Element | null {
  const may = useViewer().actions.includes('audit.read')
  const found = useQuery({
    queryKey: ['identity-timeline', id],
    queryFn: async ({ signal }) => (await api(TimelineQuery, { id }, signal)).identity?.timeline ?? [],
    enabled: may,
  })
  if (!may) return null
  return (
    <Sheet title="Timeline">
      {found.error && <FailureNote failures={failuresOf(found.error)} retry={() => void found.refetch()} />}
      {found.isPending && <Skeleton h={140} />}
      <Timeline active={99} bulletSize={14} lineWidth={2} color="petrol">
        {found.data?.map((entry, place) => (
          <Timeline.Item
            key={place}
            title={entry.detail === 'created' ? 'Identity made from this account' : actionWords(entry.action)}
          >
            {entry.accountId && entry.accountName && (
              <div>
                <Link {...to.account(entry.accountId)} className="link">
                  {entry.accountName}
                </Link>
              </div>
            )}
            {entry.otherIdentity && (
              <div>
                <IdentityName identity={entry.otherIdentity} />
              </div>
            )}
            {entry.detail && entry.detail !== 'created' && (
              <div className="quiet">{detailWords(entry.action, entry.detail)}</div>
            )}
            <div className="faint">
              <When at={entry.at} />
              {entry.actor && ` · ${entry.actor}`}
            </div>
          </Timeline.Item>
        ))}
      </Timeline>
    </Sheet>
  )
}

function detailWords(action: string, detail: string): string {
  if (action === 'account.linked_by_rule') return ruleWords(detail)
  const areFields = action === 'identity.edited' || action === 'identity.created'
  return areFields ? detail.split(' ').map(inWords).join(', ') : detail
}
