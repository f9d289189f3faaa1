import { Button, Modal } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { IconKeyboard } from '@tabler/icons-react'
import { type JSX, useEffect, useRef, useState } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { ButtonLink } from '../../../parts/button-link.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count } from '../../../parts/figures.ts'
import { Page, PageSkeleton } from '../../../parts/page.tsx'
import { useKeys } from '../../../parts/use-keys.ts'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { to } from '../../../path-builder.ts'
import { compact } from '../../../search-params.ts'
import { useViewer } from '../../../viewer.ts'
import { ConnectionFilter } from '../list-filters.tsx'
import { ApartMutation, CreateForMutation, LinkMutation, useDecision } from './identity-query.ts'
import './identities.css'
import { MergeIdentity } from './merge.tsx'
import { ReviewDetail } from './review-detail.tsx'
import { type Candidate, type ReviewItem, ReviewQuery } from './review-query.ts'

/** So many are at hand, as many as one request may ask for; the rest follows as these are decided. */
const size = 50

const keys = [
  ['j', 'next'],
  ['k', 'the one before'],
  ['1 – 5', 'choose among the candidates'],
  ['l', 'link to the chosen one; of a likely duplicate: merge, after asking'],
  ['n', 'not the same: never offered again'],
  ['m', 'make a new identity: none of them is it'],
  ['?', 'this list'],
] as const

/** Doubtful matches, one after the other, decided with the keyboard or the mouse. Nothing here is done unasked. */
export function ReviewPage(): JSX.Element {
  const search = useSearch({ from: '/signed-in/admin/identities/review' })
  const navigate = useNavigate()
  const found = useQuery({
    queryKey: ['identity-review', search.connection],
    queryFn: async ({ signal }) =>
      (await api(ReviewQuery, { connectionId: search.connection ?? null, first: size }, signal))
        .identityReview,
    placeholderData: keepPreviousData,
  })
  const [helping, setHelping] = useState(false)
  useKeys({ '?': () => setHelping(true) })
  if (found.isPending) return <PageSkeleton />
  return (
    <Page
      title="Review matches"
      wide
      crumbs={[
        <Link key="list" {...to.identities()}>
          Identities
        </Link>,
      ]}
      lead="Accounts that may belong to somebody who is known. Nothing is linked or merged until you say so."
      actions={
        <>
          <ConnectionFilter
            value={search.connection}
            onChange={(connection) =>
              void navigate({ ...to.identityReview(compact({ connection })), replace: true })
            }
          />
          <Button variant="default" leftSection={<IconKeyboard size={16} />} onClick={() => setHelping(true)}>
            Keys
          </Button>
        </>
      }
    >
      {found.error && <FailureNote failures={failuresOf(found.error)} retry={() => void found.refetch()} />}
      {found.data?.nodes.length === 0 && <NothingWaits isFiltered={search.connection !== undefined} />}
      {found.data && found.data.nodes.length > 0 && (
        <Queue items={found.data.nodes} total={found.data.total} />
      )}
      <Modal opened={helping} onClose={() => setHelping(false)} title="Keys">
        <dl className="key-list">
          {keys.map(([key, words]) => (
            <div key={key} style={{ display: 'contents' }}>
              <dt>
                <kbd className="key-hint">{key}</kbd>
              </dt>
              <dd>{words}</dd>
            </div>
          ))}
        </dl>
      </Modal>
      <SameElsewhere
        cli="owlie identity queue"
        graphql="query { identityReview(first: 20) { total nodes { score account { id displayName } candidates { score rule identity { id displayName } evidence { sentence value } } } } }"
      />
    </Page>
  )
}

function NothingWaits({ isFiltered }: { isFiltered: boolean }): JSX.Element {
  return (
    <div className="sheet">
      <Empty
        title="Nothing waits for review."
        action={
          <ButtonLink {...(isFiltered ? to.identityReview() : to.identities())} variant="default">
            {isFiltered ? 'All connections' : 'See identities'}
          </ButtonLink>
        }
      >
        <p>
          Doubtful matches appear here after a sync. Sure ones are linked by themselves, with the rule on the
          page.
        </p>
      </Empty>
    </div>
  )
}

function Queue({ items, total }: { items: readonly ReviewItem[]; total: number }): JSX.Element {
  const [at, setAt] = useState(0)
  const [choice, setChoice] = useState(0)
  const place = Math.min(at, items.length - 1)
  const item = items[place]!
  const chosen = item.candidates[Math.min(choice, item.candidates.length - 1)]!
  const go = (next: number) => {
    setAt(Math.max(0, Math.min(next, items.length - 1)))
    setChoice(0)
  }
  const work = useReview(item, chosen)
  useKeys({
    j: () => go(place + 1),
    k: () => go(place - 1),
    l: work.link,
    n: work.apart,
    m: work.create,
    ...Object.fromEntries(item.candidates.map((_, each) => [String(each + 1), () => setChoice(each)])),
  })
  return (
    <div className="review">
      <nav className="sheet" aria-label="Waiting">
        <div className="sheet-head">
          <h2>{count(total)} waiting</h2>
        </div>
        <WaitingList items={items} place={place} go={go} />
        {total > items.length && (
          <p className="faint" style={{ margin: 0, padding: '0 16px 12px' }}>
            The likeliest {count(items.length)} first; the rest follows.
          </p>
        )}
      </nav>
      <ReviewDetail item={item} chosen={chosen} choose={setChoice} work={work} />
      <Modal opened={work.merging !== null} onClose={work.closeMerge} title="Merge two identities" size="lg">
        {work.merging && item.identity && (
          <MergeIdentity from={item.identity} into={work.merging.identity} close={work.closeMerge} />
        )}
      </Modal>
    </div>
  )
}

function WaitingList({
  items,
  place,
  go,
}: {
  items: readonly ReviewItem[]
  place: number
  go: (place: number) => void
}): JSX.Element {
  const current = useRef<HTMLButtonElement>(null)
  // Not returned: browsers answer with a promise, and what an effect returns is its cleaning up.
  useEffect(() => {
    void current.current?.scrollIntoView({ block: 'nearest' })
  }, [place])
  return (
    <ul className="review-list">
      {items.map(({ account, identity, score }, index) => (
        <li key={account.id}>
          <button
            type="button"
            ref={index === place ? current : null}
            aria-current={index === place || undefined}
            onClick={() => go(index)}
          >
            <span>
              {account.displayName}
              <span className="faint" style={{ display: 'block' }}>
                {identity ? 'likely duplicate' : account.connection.name}
              </span>
            </span>
            <span className="faint num" title="How likely the best candidate is, of 100">
              {score}
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}

export interface ReviewWork {
  readonly link: () => void
  readonly apart: () => void
  readonly create: () => void
  readonly mayWrite: boolean
  readonly mayMerge: boolean
  readonly isBusy: boolean
  readonly failures: ReturnType<typeof useDecision>['failures']
  /** The candidate a merge is being asked about. */
  readonly merging: Candidate | null
  readonly closeMerge: () => void
}

/** What can be done with an item. Of a likely duplicate, link means merge, which asks first. */
function useReview(item: ReviewItem, chosen: Candidate): ReviewWork {
  const { actions } = useViewer()
  const { decide, failures } = useDecision()
  const [merging, setMerging] = useState<Candidate | null>(null)
  const { account, identity, candidates } = item
  const mayWrite = actions.includes('identity.write')
  const mayMerge = actions.includes('identity.merge')
  const isFree = mayWrite && !decide.isPending
  const ids = { accountId: account.id, identityId: chosen.identity.id }
  return {
    link() {
      if (identity) return mayMerge ? setMerging(chosen) : undefined
      if (!isFree) return
      decide.mutate({
        said: `${account.displayName} belongs to ${chosen.identity.displayName} now.`,
        send: async () => (await api(LinkMutation, { ...ids, moveFrom: null })).linkAccount,
      })
    },
    apart() {
      if (!isFree) return
      decide.mutate({
        said: `${account.displayName} is not ${chosen.identity.displayName}. It is not offered again.`,
        send: async () => (await api(ApartMutation, ids)).setAccountApart,
      })
    },
    create() {
      if (!isFree || identity) return
      const apartFrom = candidates.map((each) => each.identity.id)
      decide.mutate({
        said: `${account.displayName} is an identity of its own now.`,
        send: async () =>
          (await api(CreateForMutation, { accountId: account.id, apartFrom })).createIdentityFor,
      })
    },
    ...{ mayWrite, mayMerge, failures, merging },
    isBusy: decide.isPending,
    closeMerge: () => setMerging(null),
  }
}
