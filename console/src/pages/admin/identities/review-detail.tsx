import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { JSX, ReactNode } from 'react'
import { Facts } from '../../../parts/facts.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { Sheet } from '../../../parts/page.tsx'
import { When } from '../../../parts/when.tsx'
import { to } from '../../../path-builder.ts'
import { AccountWords } from '../accounts.tsx'
import { IdentityName, IdentityWords } from './identity-words.tsx'
import type { Candidate, ReviewItem } from './review-query.ts'
import type { ReviewWork } from './review.tsx'

/** One account, who it may be, and what speaks for that. */
export function ReviewDetail({
  item,
  chosen,
  choose,
  work,
}: {
  item: ReviewItem
  chosen: Candidate
  choose: (place: number) => void
  work: ReviewWork
}): JSX.Element {
  return (
    <div className="stack-l" style={{ minWidth: 0 }}>
      <AccountSheet item={item} />
      {work.failures.length > 0 && <FailureNote failures={work.failures} />}
      <Sheet title={item.identity ? 'Is it the same as' : 'Is it'} flush>
        {item.candidates.map((candidate, place) => (
          <CandidateRow
            key={candidate.identity.id}
            candidate={candidate}
            place={place}
            isChosen={candidate === chosen}
            isAlone={item.candidates.length === 1}
            choose={() => choose(place)}
          />
        ))}
        <div className="candidate row">
          <Decisions item={item} chosen={chosen} work={work} />
        </div>
      </Sheet>
    </div>
  )
}

function AccountSheet({ item: { account, identity } }: { item: ReviewItem }): JSX.Element {
  const attributes = account.attributes as Readonly<Record<string, unknown>>
  const verified = attributes['email_verified']
  return (
    <Sheet
      title={identity ? 'An account of a known identity' : 'An account without identity'}
      actions={<AccountWords {...account} />}
    >
      <Facts
        rows={[
          [
            'Account',
            <Link key="account" {...to.account(account.id)} className="strong-link">
              {account.displayName}
            </Link>,
          ],
          identity && ['Belongs to', <IdentityName key="identity" identity={identity} />],
          [
            'E-mail',
            account.email ? (
              <>
                {account.email}
                {typeof verified === 'boolean' && (
                  <span className="faint">{verified ? ' verified' : ' not verified'}</span>
                )}
              </>
            ) : (
              <span className="faint">none</span>
            ),
          ],
          ['System', account.connection.name],
          [
            'Id there',
            <code key="id" className="mono">
              {account.externalId}
            </code>,
          ],
          ['First seen', <When key="seen" at={account.firstSeenAt} />],
        ]}
      />
    </Sheet>
  )
}

function CandidateRow({
  candidate: { identity, score, evidence, foundAt },
  place,
  isChosen,
  isAlone,
  choose,
}: {
  candidate: Candidate
  place: number
  isChosen: boolean
  isAlone: boolean
  choose: () => void
}): JSX.Element {
  const { title, department } = identity.profile as Readonly<Record<string, string | undefined>>
  const about = [identity.email, title, department].filter(Boolean).join(' · ')
  return (
    <div className="candidate" data-chosen={(isChosen && !isAlone) || undefined}>
      <div className="row" style={{ alignItems: 'flex-start' }}>
        <div style={{ flex: 1, minWidth: 0 }}>
          <span className="row" style={{ gap: 8 }}>
            <IdentityName identity={identity} /> <IdentityWords {...identity} />
          </span>
          <div className="faint">
            {about || 'nothing more is known'} ·{' '}
            {identity.accountCount === 1 ? '1 account' : `${identity.accountCount} accounts`}
          </div>
        </div>
        <span className="quiet num">{score} of 100</span>
        {!isAlone && (
          <Button
            size="compact-sm"
            variant={isChosen ? 'light' : 'default'}
            aria-pressed={isChosen}
            onClick={choose}
          >
            {isChosen ? 'Chosen' : 'Choose'}&nbsp;<kbd className="key-hint">{place + 1}</kbd>
          </Button>
        )}
      </div>
      <ul className="evidence">
        {evidence.map(({ sentence, value }) => (
          <li key={`${sentence} ${value}`}>
            <code className="mono">{value}</code>
            <div className="quiet">{sentence}</div>
          </li>
        ))}
      </ul>
      <div className="faint" style={{ marginTop: 6 }}>
        Waits since <When at={foundAt} />
      </div>
    </div>
  )
}

function Decisions({
  item,
  chosen,
  work,
}: {
  item: ReviewItem
  chosen: Candidate
  work: ReviewWork
}): JSX.Element {
  const name = chosen.identity.displayName
  if (!work.mayWrite) return <span className="quiet">An admin decides.</span>
  return (
    <>
      <Act
        hint="l"
        filled
        onClick={work.link}
        isDisabled={work.isBusy || (item.identity !== null && !work.mayMerge)}
      >
        {item.identity ? `Merge into ${name}` : `Link to ${name}`}
      </Act>
      <Act hint="n" onClick={work.apart} isDisabled={work.isBusy}>
        Not the same
      </Act>
      {!item.identity && (
        <Act hint="m" onClick={work.create} isDisabled={work.isBusy}>
          New identity
        </Act>
      )}
    </>
  )
}

function Act({
  hint,
  filled = false,
  isDisabled,
  onClick,
  children,
}: {
  hint: string
  filled?: boolean
  isDisabled: boolean
  onClick: () => void
  children: ReactNode
}): JSX.Element {
  return (
    <Button
      variant={filled ? 'filled' : 'default'}
      disabled={isDisabled}
      onClick={onClick}
      rightSection={<kbd className="key-hint">{hint}</kbd>}
    >
      {children}
    </Button>
  )
}
