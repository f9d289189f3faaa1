import type { JSX } from 'react'
import { inWords } from '../../../parts/attributes.tsx'
import { type Tone, Word } from '../../../parts/word.tsx'
import type { Listed, Step } from './operation-query.ts'

const states: Readonly<Record<Listed['state'], readonly [Tone, string]>> = {
  planning: ['info', 'Planning'],
  planned: ['wait', 'Waits for approval'],
  approved: ['info', 'Approved'],
  applying: ['info', 'Applying'],
  tried: ['wait', 'One tried'],
  applied: ['ok', 'Applied'],
  failed: ['bad', 'Not finished'],
  refused: ['warn', 'Refused'],
  cancelled: ['idle', 'Cancelled'],
}

export function OperationWord({ state }: { state: Listed['state'] }): JSX.Element {
  const [tone, word] = states[state]
  return <Word tone={tone}>{word}</Word>
}

export const operationStates = Object.entries(states).map(([value, [, label]]) => ({ value, label }))

/** How a step stands: what was seen afterwards counts more than what was answered. */
export function StepWord({ step }: { step: Step }): JSX.Element {
  switch (step.state) {
    case 'applied':
      return step.proof === 'verified' ? (
        <Word tone="ok">Done, read back</Word>
      ) : (
        <Word tone="warn">Done, not read back</Word>
      )
    case 'same':
      return <Word tone="ok">Was so already</Word>
    case 'touching':
      return <Word tone="info">Being done</Word>
    case 'unknown':
      return <Word tone="warn">Unknown, being looked up</Word>
    case 'refused':
      return <Word tone="bad">Refused</Word>
    case 'superseded':
      return <Word tone="idle">Superseded</Word>
    case 'skipped':
      return <Word tone="idle">Not done</Word>
    case 'pending':
      return <Word tone="idle">To come</Word>
  }
}

/** `+3 ~12 −1`, each with its word for those who cannot see the signs. */
export function Sums({ plan }: { plan: { create: number; change: number; destroy: number } }): JSX.Element {
  const parts = [
    ['add', '+', plan.create, 'added'],
    ['change', '~', plan.change, 'changed'],
    ['destroy', '−', plan.destroy, 'taken away'],
  ] as const
  return (
    <span className="plan-sums">
      {parts.map(([name, sign, value, word]) => (
        <span key={name} data-sum={name} data-zero={value === 0}>
          <span aria-hidden>
            {sign}
            {value.toLocaleString('en')}
          </span>
          <span className="sr-only">{`${value} ${word}. `}</span>
        </span>
      ))}
    </span>
  )
}

const journalWords: Readonly<Record<string, string>> = {
  'outcome applied': 'Answered: done',
  'outcome refused': 'Answered: refused',
  'outcome unknown': 'No answer: it may have happened',
  'look happened': 'Looked: it had happened',
  'look did_not_happen': 'Looked: it had not happened',
  'look not_told': 'Looked: the target cannot tell',
  'look moved': 'Looked: it has moved since the plan',
  'proof applied': 'Ended: done',
  'proof same': 'Ended: was so already',
  'note refused': 'Ended: refused',
  'note unknown': 'Ended: not known',
}

/** One entry of the journal: what was found out, beside what was about to be done. */
export function entryWords(entry: string, attempt: number | null, detail: unknown): string {
  const about =
    detail !== null && typeof detail === 'object' ? (detail as Readonly<Record<string, unknown>>) : {}
  if (entry === 'intent') return attempt !== null && attempt > 1 ? `About to, try ${attempt}` : 'About to'
  const words = journalWords[`${entry} ${String(about['is'])}`] ?? inWords(entry)
  const proof =
    about['proof'] === 'verified' ? ', read back' : about['proof'] === 'unproven' ? ', not read back' : ''
  const code = typeof about['code'] === 'string' ? ` (${about['code']})` : ''
  return words + proof + code
}
