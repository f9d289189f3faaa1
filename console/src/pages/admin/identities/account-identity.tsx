import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { JSX } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { graphql } from '../../../graphql.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { When } from '../../../parts/when.tsx'
import { Word } from '../../../parts/word.tsx'
import { to } from '../../../path-builder.ts'
import { useViewer } from '../../../viewer.ts'
import { IdentityName, ruleWords } from './identity-words.tsx'

const AccountIdentityQuery = graphql(`
  query AccountIdentity($id: ID!) {
    account(id: $id) {
      id
      link {
        nature
        origin
        rule
        decidedAt
        decidedBy
        identity {
          id
          displayName
        }
      }
    }
  }
`)

/** Whose account it is, and who says so. */
export function AccountIdentity({ id }: { id: string }): JSX.Element {
  const may = useViewer().actions.includes('identity.read')
  const found = useQuery({
    queryKey: ['account-identity', id],
    queryFn: async ({ signal }) => (await api(AccountIdentityQuery, { id }, signal)).account?.link ?? null,
    enabled: may,
  })
  if (!may) return <span className="faint">not for your role</span>
  if (found.error)
    return <FailureNote failures={failuresOf(found.error)} retry={() => void found.refetch()} />
  if (found.isPending) return <Skeleton h={14} w={160} />
  const link = found.data
  const service = link?.nature === 'service' && <Word tone="info">Service account</Word>
  if (!link?.identity)
    return (
      <>
        {service} <span className="faint">nobody’s yet</span>{' '}
        <Link {...to.orphans(link?.nature === 'service' ? { nature: 'service' } : {})} className="link">
          Accounts without identity
        </Link>
      </>
    )
  return (
    <>
      <IdentityName identity={link.identity} /> {service}
      <div className="faint">
        {link.origin === 'manual' ? `${link.decidedBy} said so` : `by rule: ${ruleWords(link.rule ?? '')}`},{' '}
        <When at={link.decidedAt} />
      </div>
    </>
  )
}
