import { FileInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type JSX, useRef, useState } from 'react'
import { api, failuresOf } from '../../../api.ts'
import { type Column, DataTable } from '../../../parts/data-table.tsx'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count, plural } from '../../../parts/figures.ts'
import { ToneIcon } from '../../../parts/word.tsx'
import { WishFileQuery, type WishLine } from './operation-query.ts'
import { fieldsOf, targetsOf, type Wish, type WritableAction } from './wish.ts'

const shown = 50

const wishIn = ({ item }: WishLine) => item as Wish | null

const columnsOf = (actions: readonly WritableAction[]): readonly Column<WishLine>[] => [
  { name: 'Line', numeric: true, cell: ({ line }) => count(line) },
  {
    name: 'Action',
    hideBelow: 720,
    cell: (line) => {
      const wish = wishIn(line)
      return actions.find(({ name }) => name === wish?.action)?.label ?? wish?.action ?? ''
    },
  },
  {
    name: 'On',
    cell: (line) => (
      <code className="mono">
        {Object.values(wishIn(line)?.target ?? {})
          .flat()
          .join(', ')}
      </code>
    ),
  },
  {
    name: 'Values, or what is wrong',
    width: '40%',
    cell: (line) =>
      line.problems.length > 0 ? (
        <span className="word" data-tone="bad">
          <ToneIcon tone="bad" size={13} />
          {line.problems.map(({ message }) => message).join(' ')}
        </span>
      ) : (
        <span className="quiet">{Object.keys(wishIn(line)?.input ?? {}).join(', ')}</span>
      ),
  },
]

/** Many wishes from a file: read and checked by the server as the command's are, and shown line by line. */
export function Bulk({
  connectionId,
  actions,
  action,
  onWishes,
}: {
  connectionId: string
  actions: readonly WritableAction[]
  action: WritableAction | null
  onWishes: (wishes: readonly Wish[] | null) => void
}): JSX.Element {
  const [file, setFile] = useState<File | null>(null)
  const latest = useRef<File | null>(null)
  const reading = useMutation({
    mutationFn: async (chosen: File) =>
      (
        await api(WishFileQuery, {
          ...{ connectionId, text: await chosen.text(), action: action?.name ?? null },
          format: /\.json$/i.test(chosen.name) ? ('json' as const) : ('csv' as const),
        })
      ).readWishFile,
    onSuccess({ lines, items, problems }, chosen) {
      // Another file was chosen while this one was read.
      if (chosen !== latest.current) return
      const isClean = problems.length === 0 && lines.every((line) => line.problems.length === 0)
      onWishes(isClean && lines.length > 0 ? (items as readonly Wish[]) : null)
    },
  })
  const { lines = [], problems = [] } = reading.data ?? {}
  const bad = lines.filter((line) => line.problems.length > 0)
  const good = lines.filter((line) => line.problems.length === 0)
  const heading = action
    ? [...targetsOf(action).map(({ name }) => name), ...fieldsOf(action).map(([name]) => name)].slice(0, 6)
    : ['action', 'user']
  function take(chosen: File | null) {
    setFile(chosen)
    latest.current = chosen
    onWishes(null)
    reading.reset()
    if (chosen) reading.mutate(chosen)
  }
  return (
    <div className="stack">
      <FileInput
        label="File"
        description={
          <>
            CSV with a heading like <code className="mono">{heading.join(',')}</code>, or a JSON list of{' '}
            <code className="mono">{'{action, target, input}'}</code>. Ids are the target’s own.
          </>
        }
        placeholder="Choose a .csv or .json file"
        accept=".csv,.json,text/csv,application/json"
        clearable
        clearButtonProps={{ 'aria-label': 'Take the file away' }}
        value={file}
        onChange={take}
      />
      {reading.isPending && (
        <p className="quiet" role="status">
          The file is being read and checked.
        </p>
      )}
      {reading.isError && (
        <FailureNote failures={failuresOf(reading.error)} {...(file ? { retry: () => take(file) } : {})} />
      )}
      {problems.length > 0 && <FailureNote failures={problems} />}
      {lines.length > 0 && (
        <>
          <p role="status">
            {plural(lines.length, 'row')}.{' '}
            {bad.length === 0
              ? 'Every row can be read; the plan says what it takes.'
              : `${plural(bad.length, 'row')} cannot be used. Mend the file and choose it again; nothing is planned until all are right.`}
          </p>
          <div className="sheet">
            <DataTable
              caption="Lines of the file"
              columns={columnsOf(actions)}
              rows={[...bad, ...good].slice(0, shown)}
              rowKey={({ line }) => String(line)}
              empty={null}
            />
          </div>
          {lines.length > shown && <p className="quiet">And {count(lines.length - shown)} more.</p>}
        </>
      )}
    </div>
  )
}
