import { ActionIcon, Button, Checkbox, Drawer, Select, Tooltip } from '@mantine/core'
import { useLocalStorage, useMediaQuery } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { IconAdjustments, IconKeyboard } from '@tabler/icons-react'
import type { JSX } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { ButtonLink } from '../../../parts/button-link.tsx'
import { Pager } from '../../../parts/data-table.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { Page, Sheet } from '../../../parts/page.tsx'
import { SearchBox } from '../../../parts/search-box.tsx'
import { SameElsewhere } from '../../../parts/snippet.tsx'
import { to } from '../../../path-builder.ts'
import { compact, type DriftSearch } from '../../../search-params.ts'
import { useViewer } from '../../../viewer.ts'
import { ConnectionFilter } from '../list-filters.tsx'
import { DecideDialog } from './decide-dialog.tsx'
import './drift.css'
import { type Drift, DriftCountsQuery, DriftsQuery, type Filter } from './drift-query.ts'
import { decisionNames, decisionWords, stateChoices, typeLabel, typeNames } from './drift-words.tsx'
import { KeyHelp } from './key-help.tsx'
import { KindBars, kindRows } from './kind-bars.tsx'
import { NoDrift } from './no-drift.tsx'
import { ReviewTable } from './review-table.tsx'
import { SidePanel } from './side-panel.tsx'
import { useReview } from './use-review.ts'

const size = 50

function filterOf({ q, connection, kind, type, state = 'review' }: DriftSearch): Filter {
  return compact({
    search: q,
    connectionId: connection,
    kind,
    type,
    state: state === 'any' ? undefined : state,
  }) as Filter
}

/** The review: a list to be worked off by mouse or keys, and all about the row one is on beside it. */
export function DriftPage(): JSX.Element {
  const search = useSearch({ from: '/signed-in/admin/drift' })
  const navigate = useNavigate()
  const may = useViewer().actions.includes('drift.decide')
  const filter = filterOf(search)
  const isNarrow = useMediaQuery('(max-width: 1099px)', false, { getInitialValueInEffect: false })
  const [hasKeys, setKeys] = useLocalStorage({ key: 'owlie.drift.keys', defaultValue: true })
  const drifts = useQuery({
    queryKey: ['drifts', filter, search.after],
    queryFn: async ({ signal }) =>
      (await api(DriftsQuery, { filter, first: size, after: search.after ?? null }, signal)).drifts,
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  })
  const counts = useQuery({
    queryKey: ['drift-counts'],
    queryFn: async ({ signal }) => (await api(DriftCountsQuery, {}, signal)).driftCounts,
    refetchInterval: 10_000,
  })
  const rows = drifts.data?.nodes ?? []
  const total = drifts.data?.total ?? 0
  const review = useReview({ rows, filter, total, may, hasKeys })
  const set = (change: Partial<DriftSearch>) =>
    void navigate({
      ...to.drift(compact({ ...search, after: undefined, page: undefined, ...change }) as DriftSearch),
      replace: true,
    })
  const bars = counts.data && kindRows(counts.data, search.connection)
  const { q, kind, type, state = 'review', connection } = search
  const filtered = Boolean(q || kind || type) || state !== 'review'
  const panel = (drift: Drift) => (
    <SidePanel drift={drift} decide={review.decide} undo={review.undo} busy={review.busy} />
  )
  return (
    <Page
      title="Drift"
      wide
      lead="Where what is and what ought to be disagree. Decide row by row, or set a policy for a kind."
      actions={
        <>
          <Tooltip label="Keys of this page (?)">
            <ActionIcon variant="default" size={34} aria-label="Keys of this page" onClick={review.showHelp}>
              <IconKeyboard size={18} />
            </ActionIcon>
          </Tooltip>
          <ButtonLink {...to.driftPolicies(connection ? { connection } : {})} variant="default">
            <IconAdjustments size={16} aria-hidden style={{ marginRight: 6 }} />
            Policies
          </ButtonLink>
          <ButtonLink {...to.baseline(connection ? { connection } : {})} variant="default">
            Baseline
          </ButtonLink>
        </>
      }
    >
      <div className="stack-l">
        {bars?.length !== 0 && (
          <Sheet title="Needs review, by kind">
            {counts.error && !counts.data ? (
              <FailureNote failures={failuresOf(counts.error)} retry={() => void counts.refetch()} />
            ) : (
              <KindBars rows={bars} chosen={kind} choose={(chosen) => set({ kind: chosen } as DriftSearch)} />
            )}
          </Sheet>
        )}
        <div className="review" data-panel={review.current !== null && !isNarrow}>
          <div className="sheet">
            <div className="filters" role="search">
              <SearchBox
                label="Search drift"
                placeholder="Name, e-mail address or id"
                value={q ?? ''}
                onSearch={(words) => set({ q: words || undefined } as DriftSearch)}
              />
              <Select
                aria-label="State"
                w={180}
                value={state}
                onChange={(value) => set({ state: value === 'review' ? undefined : value } as DriftSearch)}
                data={[...stateChoices]}
              />
              <Select
                aria-label="Type"
                w={140}
                value={type ?? 'any'}
                onChange={(value) => set({ type: value === 'any' ? undefined : value } as DriftSearch)}
                data={[
                  { value: 'any', label: 'Any type' },
                  ...typeNames.map((name) => ({ value: name, label: typeLabel(name) })),
                ]}
              />
              <KindFilter value={kind} bars={bars} set={(chosen) => set({ kind: chosen } as DriftSearch)} />
              <ConnectionFilter
                value={connection}
                onChange={(chosen) => set({ connection: chosen } as DriftSearch)}
              />
            </div>
            <ReviewTable
              rows={drifts.data?.nodes}
              error={drifts.error}
              retry={() => void drifts.refetch()}
              review={review}
              may={may}
              empty={<NoDrift filtered={filtered} />}
            />
            {drifts.data && (
              <Pager
                page={search.page ?? 1}
                size={size}
                shown={rows.length}
                total={total}
                next={drifts.data.next}
                goNext={(after) =>
                  void navigate(to.drift({ ...search, after, page: (search.page ?? 1) + 1 }))
                }
                goFirst={() => set({})}
              />
            )}
          </div>
          {review.current && !isNarrow && (
            <aside className="sheet sheet-body panel" aria-label="Details">
              {panel(review.current)}
            </aside>
          )}
        </div>
      </div>
      {review.current && isNarrow && (
        <Drawer
          opened={review.isOpen}
          onClose={review.close}
          position="right"
          size="min(100%, 440px)"
          title="Details"
          closeButtonProps={{ 'aria-label': 'Close the details' }}
        >
          {panel(review.current)}
        </Drawer>
      )}
      {may && <BulkBar review={review} total={total} shown={rows.length} />}
      {review.asked && <DecideDialog asked={review.asked} close={review.dismiss} done={review.decided} />}
      {review.help && <KeyHelp close={review.hideHelp} isOn={hasKeys} setOn={setKeys} />}
      <SameElsewhere
        cli={`owlie drift list${state === 'any' ? '' : ` --state ${state}`}${kind ? ` --kind ${kind}` : ''}${type ? ` --type ${type}` : ''}`}
        graphql={`query { drifts(filter: { ${state === 'any' ? '' : `state: ${state}`} }, first: ${size}) { total next nodes { id kind type state accountName entitlementName differences { field intended observed } } } }`}
      />
    </Page>
  )
}

function KindFilter({
  value,
  bars,
  set,
}: {
  value: string | undefined
  bars: ReturnType<typeof kindRows> | undefined
  set: (kind: string | undefined) => void
}): JSX.Element | null {
  const known = (bars ?? []).map(({ kind, label }) => ({ value: kind, label }))
  const others = value && !known.some((each) => each.value === value) ? [{ value, label: value }] : []
  if (known.length + others.length < 2 && !value) return null
  return (
    <Select
      aria-label="Kind"
      w={180}
      value={value ?? 'any'}
      onChange={(chosen) => set(chosen === 'any' || chosen === null ? undefined : chosen)}
      data={[{ value: 'any', label: 'Any kind' }, ...known, ...others]}
    />
  )
}

/** What can be done with the selected rows; at the bottom, where it covers no row. */
function BulkBar({
  review,
  total,
  shown,
}: {
  review: ReturnType<typeof useReview>
  total: number
  shown: number
}): JSX.Element | null {
  const { selected, isAll } = review
  if (selected.size === 0 && !isAll) return null
  const chosen = isAll ? total : selected.size
  return (
    <div className="bulk" role="region" aria-label="Selected rows">
      <Checkbox
        checked
        onChange={review.clear}
        label={`${chosen.toLocaleString('en')} selected`}
        aria-label="Clear the selection"
      />
      {!isAll && selected.size === shown && total > shown && (
        <Button size="compact-sm" variant="subtle" onClick={review.selectAll}>
          Select all {total.toLocaleString('en')} that match
        </Button>
      )}
      <span className="row" style={{ marginLeft: 'auto' }}>
        {decisionNames.map((name) => (
          <Tooltip key={name} label={decisionWords[name].says} multiline maw={260}>
            <Button
              size="compact-sm"
              variant={name === 'adopt' ? 'filled' : 'default'}
              disabled={review.busy}
              onClick={() => review.decide(name)}
              rightSection={<kbd className="key">{decisionWords[name].key}</kbd>}
            >
              {decisionWords[name].label}
            </Button>
          </Tooltip>
        ))}
      </span>
    </div>
  )
}
