import { Button, Modal, Skeleton } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { JSX } from 'react'
import { failuresOf } from '../../../api.ts'
import { FailureNote } from '../../../parts/failure-note.tsx'
import { count } from '../../../parts/figures.ts'
import { Word } from '../../../parts/word.tsx'
import { decisionWords, TypeWord, typeLabel } from './drift-words.tsx'
import { type KindPolicies, type PolicyInput, previewPolicy, setPolicy } from './policy-query.ts'

/** What would happen at once, before it is saved. */
export function PolicyChange({
  input,
  kind,
  close,
}: {
  input: PolicyInput
  kind: KindPolicies
  close: () => void
}): JSX.Element {
  const client = useQueryClient()
  const preview = useQuery({
    queryKey: ['drift-policy-preview', input],
    queryFn: ({ signal }) => previewPolicy(input, signal),
    staleTime: 0,
    gcTime: 0,
  })
  const saving = useMutation({
    mutationFn: () => setPolicy(input),
    onSuccess: async (answer) => {
      if (answer.__typename === 'Refusal') return
      close()
      await Promise.all(
        ['drift-policies', 'drifts', 'drift-counts'].map((key) =>
          client.invalidateQueries({ queryKey: [key] }),
        ),
      )
    },
  })
  const seen = preview.data?.__typename === 'DriftPolicyPreview' ? preview.data : null
  const refused =
    (preview.data?.__typename === 'Refusal' && preview.data.failures) ||
    (saving.data?.__typename === 'Refusal' && saving.data.failures) ||
    null
  const to = input.policy ? decisionWords[input.policy].label : input.type ? 'as all types' : 'Flag (default)'
  const about = input.type ? `${kind.label}, ${typeLabel(input.type).toLowerCase()}` : kind.label
  return (
    <Modal opened onClose={close} title={`${about}: ${to}`}>
      <div className="stack">
        {input.policy && <p style={{ margin: 0 }}>{decisionWords[input.policy].says}</p>}
        {preview.isPending && <Skeleton h={80} />}
        {preview.error && (
          <FailureNote failures={failuresOf(preview.error)} retry={() => void preview.refetch()} />
        )}
        {seen && (
          <>
            <h3 className="panel-head" style={{ margin: 0 }}>
              If you save this, at once{seen.cut && ' at least'}
            </h3>
            <ul className="effects">
              <Effect value={seen.adopted} words="become intent" />
              <Effect value={seen.operations} words="are asked to be put back" />
              <Effect value={seen.listed} words="are listed for review" />
              <Effect value={seen.dropped} words="are taken off the list" />
            </ul>
            {seen.adopted + seen.operations + seen.listed + seen.dropped === 0 && (
              <p className="quiet" style={{ margin: 0 }}>
                Nothing that is there now would change. It holds for what later runs find.
              </p>
            )}
            {seen.examples.length > 0 && (
              <table className="values">
                <thead>
                  <tr>
                    <th scope="col">For example</th>
                    <th scope="col">Account</th>
                    <th scope="col">Entitlement</th>
                  </tr>
                </thead>
                <tbody>
                  {seen.examples.map(({ type, account, entitlement }) => (
                    <tr key={`${type} ${account} ${entitlement}`}>
                      <td>
                        <TypeWord type={type} />
                      </td>
                      <td className="mono">{account || '–'}</td>
                      <td className="mono">{entitlement || '–'}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
            {seen.guard.asks && (
              <p className="note" data-tone="warn" style={{ margin: 0 }}>
                {seen.guard.reason} The guard lets no policy do that by itself: they would be listed instead,
                for you to decide.
              </p>
            )}
          </>
        )}
        {refused && <FailureNote failures={refused} />}
        {saving.error && <FailureNote failures={failuresOf(saving.error)} />}
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button disabled={!seen} loading={saving.isPending} onClick={() => saving.mutate()}>
            Save policy
          </Button>
        </div>
      </div>
    </Modal>
  )
}

function Effect({ value, words }: { value: number; words: string }): JSX.Element | null {
  if (value === 0) return null
  return (
    <li>
      <Word tone="info">{count(value)}</Word> {words}
    </li>
  )
}
