import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { createElement, useEffect, useRef, useState } from 'react'
import { failuresOf } from '../../../api.ts'
import { UndoNote } from './undo-note.tsx'
import type { Asked } from './decide-dialog.tsx'
import { type About, decide, type Decision, type Drift, type Filter, undo } from './drift-query.ts'
import { aboutText, decisionWords } from './drift-words.tsx'
import { actOf, afterLeaving, moved } from './keys.ts'

export interface ReviewInput {
  readonly rows: readonly Drift[]
  readonly filter: Filter
  readonly total: number
  readonly may: boolean
  readonly hasKeys: boolean
}

/** Where one is, what is selected, and what is done about it; by mouse and by keys alike. */
export function useReview({ rows, filter, total, may, hasKeys }: ReviewInput) {
  const client = useQueryClient()
  const [currentId, setCurrentId] = useState<string | null>(null)
  const [isOpen, setOpen] = useState(false)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [allOf, setAllOf] = useState<Filter | null>(null)
  const [asked, setAsked] = useState<Asked | null>(null)
  const [help, setHelp] = useState(false)
  const [lastBatch, setLastBatch] = useState<string | null>(null)
  const ids = rows.map(({ id }) => id)
  const known = useRef(ids)
  const idsKey = ids.join(' ')
  useEffect(() => {
    const now = idsKey === '' ? [] : idsKey.split(' ')
    setCurrentId((current) => afterLeaving(known.current, now, current))
    setSelected((chosen) => new Set([...chosen].filter((id) => now.includes(id))))
    known.current = now
  }, [idsKey])
  // "All that match" is about the filter it was chosen under.
  const isAll = allOf !== null && JSON.stringify(allOf) === JSON.stringify(filter)

  const refresh = () =>
    Promise.all(
      ['drifts', 'drift-counts', 'drift-policies', 'overview'].map((key) =>
        client.invalidateQueries({ queryKey: [key] }),
      ),
    )
  const clear = () => {
    setSelected(new Set())
    setAllOf(null)
  }
  const undoing = useMutation({
    mutationFn: undo,
    onSuccess: async (answer) => {
      if (answer.__typename === 'Refusal') return tell('bad', answer.failures[0]?.message ?? '')
      setLastBatch(null)
      tell('ok', `Undone${answer.kept > 0 ? `, ${answer.kept} left as they are` : ''}.`)
      await refresh()
    },
    onError: (error) => tell('bad', failuresOf(error)[0]?.message ?? ''),
  })
  const decided = (batchId: string, decision: Decision, words: string) => {
    setAsked(null)
    clear()
    setLastBatch(batchId)
    // What an operation was made of is taken back there.
    if (decision === 'preserve') tell('ok', `${words}. The operation waits for approval.`)
    else tell('ok', words, () => undoing.mutate(batchId))
    void refresh()
  }
  const deciding = useMutation({
    mutationFn: ({ drift, decision }: { drift: Drift; decision: Decision }) =>
      decide({ ids: [drift.id] }, decision),
    onSuccess: (answer, { drift, decision }) => {
      if (answer.__typename === 'DriftDecided')
        return decided(answer.batchId, decision, `${decisionWords[decision].past}: ${aboutText(drift)}`)
      tell('bad', answer.failures.map(({ message, remedy }) => `${message} ${remedy}`).join(' '))
      void refresh()
    },
    onError: (error) => tell('bad', failuresOf(error)[0]?.message ?? ''),
  })
  const current = rows.find(({ id }) => id === currentId) ?? null
  const busy = deciding.isPending || undoing.isPending

  /** One row is decided at once and can be undone; many are shown first. */
  const act = (decision: Decision) => {
    if (!may || busy) return
    const about: About | null = isAll ? { filter } : selected.size > 0 ? { ids: [...selected] } : null
    if (about && (!('ids' in about) || about.ids.length > 1)) return setAsked({ about, decision })
    const one = about && 'ids' in about ? rows.find(({ id }) => id === about.ids[0]) : current
    if (!one) return
    const reason = one.actions.find(({ name }) => name === decision)?.disabledReason
    if (reason) return tell('bad', reason)
    deciding.mutate({ drift: one, decision })
  }
  const toggle = (id: string) => {
    setAllOf(null)
    setSelected((chosen) => {
      const next = new Set(chosen)
      if (!next.delete(id)) next.add(id)
      return next
    })
  }
  const onKey = (event: KeyboardEvent) => {
    if (!hasKeys || asked || help || isTyping(event.target)) return
    const todo = actOf(event)
    if (!todo) return
    // Enter on a link or a button is theirs.
    if (todo.do === 'open' && event.target instanceof Element && event.target.closest('a, button, input'))
      return
    if (todo.do !== 'clear') event.preventDefault()
    switch (todo.do) {
      case 'move':
        return setCurrentId(moved(ids, currentId, todo.by))
      case 'select':
        return current ? toggle(current.id) : undefined
      case 'decide':
        return act(todo.decision)
      case 'undo':
        return lastBatch && may ? undoing.mutate(lastBatch) : tell('idle', 'Nothing to undo on this visit.')
      case 'help':
        return setHelp(true)
      case 'open':
        return setOpen(true)
      case 'clear':
        return clear()
    }
  }
  const latest = useRef(onKey)
  useEffect(() => {
    latest.current = onKey
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent) => latest.current(event)
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [])

  return {
    ...{ current, currentId, isOpen, selected, isAll, asked, help, busy, total },
    go: (id: string) => {
      setCurrentId(id)
      setOpen(true)
    },
    close: () => setOpen(false),
    toggle,
    toggleMany: (of: readonly string[], on: boolean) => {
      setAllOf(null)
      setSelected((chosen) => new Set(on ? [...chosen, ...of] : [...chosen].filter((id) => !of.includes(id))))
    },
    selectAll: () => setAllOf(filter),
    clear,
    decide: act,
    decided,
    undo: (batchId: string) => undoing.mutate(batchId),
    dismiss: () => setAsked(null),
    showHelp: () => setHelp(true),
    hideHelp: () => setHelp(false),
  }
}

export type Review = ReturnType<typeof useReview>

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement && target.type === 'checkbox') return false
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}

const colors = { ok: 'petrol', bad: 'red', idle: 'gray' } as const

function tell(tone: keyof typeof colors, message: string, undoIt?: () => void): void {
  const id = notifications.show({
    color: colors[tone],
    message: undoIt
      ? createElement(UndoNote, {
          message,
          undo: () => {
            notifications.hide(id)
            undoIt()
          },
        })
      : message,
    autoClose: undoIt ? 8000 : 5000,
  })
}
