import { Button, Textarea } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { IconChevronRight } from '@tabler/icons-react'
import type { ClipboardEvent, JSX, ReactNode } from 'react'
import { api } from '../../../api.ts'
import { CopyButton } from '../../../parts/copy-button.tsx'
import { plural } from '../../../parts/figures.ts'
import { ToneIcon } from '../../../parts/word.tsx'
import { CapabilityPicker } from './capability-picker.tsx'
import { missingFor, neededBy, sameScopes, splitScopes, withCapability } from './scope-list.ts'
import { type Advice, AdviceQuery, type Connector, type Field } from './setup-query.ts'

/** Presets, the text, its counter and what is odd about it, and the picker: all of them show the same scopes. */
export function ScopesField({
  connector,
  field,
  value,
  error,
  onChange,
  onBlur,
  onPaste,
}: {
  connector: Connector
  field: Field
  value: string
  error: ReactNode
  onChange: (value: string) => void
  onBlur: () => void
  onPaste: (event: ClipboardEvent<HTMLTextAreaElement>) => void
}): JSX.Element {
  const entered = splitScopes(value)
  const [settled] = useDebouncedValue(value, 200)
  const { data } = useQuery({
    queryKey: ['scope-advice', connector.name, settled],
    queryFn: async ({ signal }) =>
      (await api(AdviceQuery, { connector: connector.name, scopes: settled }, signal)).scopeAdvice,
    enabled: settled.trim() !== '',
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  })
  const advice = withinText(settled.trim() === '' ? undefined : data, entered)
  const set = (scopes: readonly string[]) => onChange(scopes.join(' '))
  const working = connector.capabilities.filter((each) => missingFor(each, entered).length === 0)
  return (
    <div className="stack" style={{ gap: 10 }}>
      <Textarea
        label={field.label}
        description={field.hint}
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        name={field.name}
        required={field.required}
        withAsterisk={false}
        placeholder={field.placeholder ?? undefined}
        autosize
        minRows={3}
        maxRows={9}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        classNames={{ input: 'scopes-input' }}
        inputContainer={(input) => (
          <>
            <Presets presets={connector.presets} entered={entered} set={set} />
            {input}
          </>
        )}
        value={value}
        error={error}
        onChange={(event) => onChange(event.currentTarget.value)}
        onBlur={onBlur}
        onPaste={onPaste}
      />
      <Counter
        needed={neededBy(connector.capabilities, entered).length}
        entered={entered.length}
        advice={advice}
      />
      <Least advice={advice} />
      <Oddities advice={advice} entered={entered} set={set} />
      <Gaps connector={connector} entered={entered} set={set} />
      <details className="picker">
        <summary>
          <IconChevronRight size={15} aria-hidden />
          Choose by what Owlie shall do
          <span className="quiet">
            {working.length} of {connector.capabilities.length} on
          </span>
        </summary>
        <CapabilityPicker capabilities={connector.capabilities} entered={entered} set={set} />
      </details>
    </div>
  )
}

function Presets({
  presets,
  entered,
  set,
}: {
  presets: Connector['presets']
  entered: readonly string[]
  set: (scopes: readonly string[]) => void
}): JSX.Element {
  return (
    <div className="presets" role="group" aria-label="Presets">
      {presets.map((preset) => {
        const chosen = sameScopes(preset.scopes, entered)
        return (
          <div className="preset" key={preset.name}>
            <Button
              size="compact-sm"
              variant={chosen ? 'light' : 'default'}
              aria-pressed={chosen}
              onClick={() => set(preset.scopes)}
            >
              {preset.label}
            </Button>
            <CopyButton text={preset.scopes.join(' ')} label={`Copy ${preset.label}`}>
              Copy
            </CopyButton>
          </div>
        )
      })}
    </div>
  )
}

/** Advice arrives a moment after typing: what it says about a scope that is gone again is left out. */
function withinText(advice: Advice | undefined, entered: readonly string[]): Advice | undefined {
  return (
    advice && {
      ...advice,
      unknown: advice.unknown.filter(({ scope }) => entered.includes(scope)),
      neverNeeded: advice.neverNeeded.filter((scope) => entered.includes(scope)),
      dangerous: advice.dangerous.filter(({ scope }) => entered.includes(scope)),
      leastPrivilege: advice.entered.join(' ') === entered.join(' ') ? advice.leastPrivilege : null,
    }
  )
}

function Counter({
  needed,
  entered,
  advice,
}: {
  needed: number
  entered: number
  advice: Advice | undefined
}): JSX.Element {
  const rows = [
    ['needed', needed, 'idle'],
    ['entered', entered, 'idle'],
    ['unknown', advice?.unknown.length ?? 0, 'bad'],
    ['never needed', advice?.neverNeeded.length ?? 0, 'warn'],
    ['dangerous', advice?.dangerous.length ?? 0, 'bad'],
  ] as const
  return (
    <p className="scope-counter" role="status" aria-label="Count">
      {rows.map(([word, number, tone]) => (
        <span key={word} data-tone={number > 0 ? tone : 'idle'} data-on={number > 0}>
          <b>{number}</b> {word}
        </span>
      ))}
    </p>
  )
}

/** How close what is entered is to what is needed; silent while there is nothing to say. */
function Least({ advice }: { advice: Advice | undefined }): JSX.Element | null {
  const least = advice?.leastPrivilege
  if (!least || least.score === 100) return null
  return (
    <details className="least">
      <summary>
        <IconChevronRight size={13} aria-hidden /> Least privilege <b>{least.score}</b> of 100
      </summary>
      <ul className="plain-list">
        {least.beyond.map(({ scope, danger, reason }) => (
          <li key={scope}>
            <code className="mono">{scope}</code> <span className="faint">({danger})</span> {reason}
          </li>
        ))}
      </ul>
    </details>
  )
}

function Oddities({
  advice,
  entered,
  set,
}: {
  advice: Advice | undefined
  entered: readonly string[]
  set: (scopes: readonly string[]) => void
}): JSX.Element | null {
  const { unknown = [], neverNeeded = [], dangerous = [] } = advice ?? {}
  if (unknown.length + neverNeeded.length + dangerous.length === 0) return null
  const drop = (gone: readonly string[]) => set(entered.filter((scope) => !gone.includes(scope)))
  const harmless = neverNeeded.filter((scope) => !dangerous.some((each) => each.scope === scope))
  return (
    <ul className="plain-list">
      {unknown.map(({ scope, nearest }) => (
        <Oddity key={scope} tone="bad">
          <span>
            <code className="mono unknown">{scope}</code> is not a scope of the Management API.
            {nearest && (
              <>
                {' '}
                Did you mean <code className="mono">{nearest}</code>?
              </>
            )}
          </span>
          {nearest && !entered.includes(nearest) ? (
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => set(entered.map((each) => (each === scope ? nearest : each)))}
            >
              Use {nearest}
            </Button>
          ) : (
            <Button size="compact-xs" variant="default" onClick={() => drop([scope])}>
              Remove
            </Button>
          )}
        </Oddity>
      ))}
      {dangerous.map(({ scope, reason }) => (
        <Oddity key={`${scope}-danger`} tone="bad">
          <span>
            <code className="mono">{scope}</code> is dangerous to grant: it {reason}. Owlie does not use it.
          </span>
          <Button size="compact-xs" variant="default" onClick={() => drop([scope])}>
            Remove
          </Button>
        </Oddity>
      ))}
      {harmless.length > 0 && (
        <Oddity tone="warn">
          <span>
            Never needed: <code className="mono">{harmless.join(' ')}</code>. Granting more than is used
            raises the damage of a leaked secret.
          </span>
          <Button size="compact-xs" variant="default" onClick={() => drop(harmless)}>
            Remove {plural(harmless.length, 'scope')}
          </Button>
        </Oddity>
      )}
    </ul>
  )
}

function Oddity({ tone, children }: { tone: 'bad' | 'warn'; children: ReactNode }): JSX.Element {
  return (
    <li className="oddity" data-tone={tone}>
      <ToneIcon tone={tone} size={16} />
      {children}
    </li>
  )
}

/** How many gaps are named one by one; the picker has them all. */
const shownGaps = 3

/** What will not be read with these scopes: said before the sync, with the way to add it. */
function Gaps({
  connector,
  entered,
  set,
}: {
  connector: Connector
  entered: readonly string[]
  set: (scopes: readonly string[]) => void
}): JSX.Element | null {
  if (entered.length === 0) return null
  const gaps = connector.capabilities
    .filter(({ group }) => group === 'read')
    .map((capability) => ({ capability, missing: missingFor(capability, entered) }))
    .filter(({ missing }) => missing.length > 0)
  if (gaps.length === 0) return null
  return (
    <div className="gaps">
      <p>With these scopes Owlie will not:</p>
      <ul className="plain-list">
        {gaps.slice(0, shownGaps).map(({ capability, missing }) => (
          <li key={capability.name} className="gap">
            <span>
              {lowerFirst(capability.label)} <span className="quiet">needs</span>{' '}
              <code className="mono">{missing.join(' ')}</code>
            </span>
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => set(withCapability(capability, entered))}
              aria-label={`Add what ${lowerFirst(capability.label)} needs`}
            >
              Add
            </Button>
          </li>
        ))}
      </ul>
      {gaps.length > shownGaps && (
        <p style={{ margin: '6px 0 0' }}>and {gaps.length - shownGaps} more, in the list below.</p>
      )}
    </div>
  )
}

function lowerFirst(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1)
}
