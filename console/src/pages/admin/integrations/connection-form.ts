import { useForm } from '@mantine/form'
import { useEffect, useState } from 'react'
import type { Failure } from '../../../api.ts'
import { keepDraft, readDraft } from './draft.ts'
import { enteredRate, isSameRate, type RateEntry, rateFields, savedRate } from './rate-entry.ts'
import type { Connection, Connector, WaitingKey } from './setup-query.ts'

type Texts = Readonly<Record<string, string>>

/** What was entered, as the API takes it. Only a typed secret is among the secrets. */
export interface Entered {
  readonly config: readonly { name: string; value: string }[]
  readonly secrets: readonly { name: string; value: string }[]
  /** A key pair that waits at the server, instead of a secret. */
  readonly keyId: string | null
  /** Empty when nothing of it was changed. */
  readonly rate: Partial<ReturnType<typeof enteredRate>>
}

/**
 * The state of the setup form: values, the problem beside each field, the draft, and the rule that a secret belongs to
 * the domain and client id it was made for.
 */
export function useConnectionForm(connector: Connector, latest: Connection | null) {
  // What this form started from. A change made elsewhere meanwhile is not mixed in; saving over it is refused.
  const [connection] = useState(latest)
  const saved = savedConfig(connector, connection)
  const [draft] = useState(() => readDraft(connector.name, connection?.id ?? null))
  const form = useForm({
    initialValues: {
      name: draft?.name ?? connection?.name ?? null,
      config: { ...saved, ...draft?.config } as Record<string, string>,
      secrets: {} as Record<string, string>,
    },
  })
  const [restored, setRestored] = useState(draft !== null)
  const [problems, setProblems] = useState<Readonly<Record<string, Failure>>>({})
  const [notes, setNotes] = useState<Texts>({})
  const [replacing, setReplacing] = useState(false)
  const [rate, enterRate] = useState(draft?.rate ?? savedRate(connection))
  const [key, chooseKey] = useState<WaitingKey | null>(null)
  // The values of the binding fields at the time the secret was typed.
  const [boundTo, setBoundTo] = useState<Texts>({})
  const { config, secrets, name } = form.values
  const binding = connector.fields.filter(({ bindsSecrets }) => bindsSecrets).map((field) => field.name)
  const differs = (field: string) => (config[field] ?? '').trim() !== (saved[field] ?? '')
  const rebound = connection !== null && binding.some(differs)
  const typedSecret = Object.values(secrets).some((value) => value !== '')
  const otherValues = connector.fields.some((field) => field.input !== 'secret' && differs(field.name))
  const otherRate = !isSameRate(rate, savedRate(connection))
  const otherName = name !== null && name !== connection?.name
  const untested = otherValues || typedSecret || key !== null
  const dirty = untested || otherRate || otherName

  const draftText = JSON.stringify(dirty ? { name, config, rate } : null)
  useEffect(() => {
    keepDraft(connector.name, connection?.id ?? null, JSON.parse(draftText) as ReturnType<typeof readDraft>)
  }, [connector.name, connection?.id, draftText])

  function note(field: string, words: string | null) {
    setNotes(({ [field]: _old, ...rest }) => (words === null ? rest : { ...rest, [field]: words }))
  }

  function forgive(field: string) {
    setProblems(({ [field]: _old, ...rest }) => rest)
  }

  /** `corrected`: the same place, better written; a typed secret stays. */
  function setConfig(field: string, value: string, corrected = false) {
    form.setFieldValue(`config.${field}`, value)
    forgive(field)
    note(field, null)
    if (!binding.includes(field)) return
    const before = boundTo[field] ?? ''
    if (corrected) return setBoundTo({ ...boundTo, [field]: value.trim() })
    if (!typedSecret || before === '' || value.trim() === before) return
    form.setFieldValue('secrets', {})
    for (const secret of connector.fields.filter(({ input }) => input === 'secret'))
      note(
        secret.name,
        `Cleared, because ${labelOf(connector, field)} changed: a secret belongs to the place it was made for. Enter it again.`,
      )
  }

  function setSecret(field: string, value: string, forConfig: Texts = config) {
    form.setFieldValue(`secrets.${field}`, value)
    setBoundTo(Object.fromEntries(binding.map((each) => [each, (forConfig[each] ?? '').trim()])))
    forgive(field)
    note(field, null)
  }

  function entered(): Entered {
    const texts = connector.fields.filter(({ input }) => input !== 'secret')
    return {
      config: texts.map((field) => ({ name: field.name, value: config[field.name] ?? '' })),
      secrets: Object.entries(secrets)
        .filter(([, value]) => value !== '')
        .map(([secret, value]) => ({ name: secret, value })),
      keyId: key?.id ?? null,
      rate: otherRate ? enteredRate(rate) : {},
    }
  }

  function setRate(value: RateEntry) {
    enterRate(value)
    rateFields.forEach(forgive)
  }

  /** A key pair in the place of the secret, or (null) the secret again. */
  function setKey(chosen: WaitingKey | null) {
    chooseKey(chosen)
    if (chosen) form.setFieldValue('secrets', {})
    for (const field of connector.fields.filter(({ keyPair }) => keyPair)) {
      forgive(field.name)
      note(field.name, null)
    }
  }

  function showProblems(failures: readonly Failure[]): readonly Failure[] {
    const fields = new Set<string>([...connector.fields.map((field) => field.name), 'name', ...rateFields])
    const beside = failures.filter(({ field }) => field && fields.has(field))
    setProblems(Object.fromEntries([...beside].reverse().map((failure) => [failure.field!, failure])))
    return failures.filter((failure) => !beside.includes(failure))
  }

  function reset() {
    form.setValues({ name: connection?.name ?? null, config: { ...saved }, secrets: {} })
    setProblems({})
    setNotes({})
    setReplacing(false)
    chooseKey(null)
    enterRate(savedRate(connection))
    setRestored(false)
  }

  return {
    name,
    config,
    secrets,
    setName: (value: string | null) => {
      form.setFieldValue('name', value)
      forgive('name')
    },
    setConfig,
    setSecret,
    problems,
    setProblem: (field: string, failure: Failure | null) =>
      failure ? setProblems((before) => ({ ...before, [field]: failure })) : forgive(field),
    showProblems,
    notes,
    note,
    replacing,
    setReplacing,
    key,
    setKey,
    rate,
    setRate,
    rebound,
    dirty,
    /** What a test goes by differs from what is saved. */
    untested,
    /** Nothing but the credential differs from what is saved, so it can be replaced by itself. */
    onlyCredential: connection !== null && !otherValues && !otherRate && !otherName,
    restored: restored && dirty,
    reset,
    entered,
    /** The version this form started from; null for a new connection. */
    version: connection?.version ?? null,
    /** Compared to know whether a test was of what stands here now. */
    fingerprint: JSON.stringify([config, secrets, key?.id ?? null]),
  }
}

export type ConnectionForm = ReturnType<typeof useConnectionForm>

function savedConfig(connector: Connector, connection: Connection | null): Record<string, string> {
  const values = new Map(connection?.config.map(({ name, value }) => [name, value]))
  return Object.fromEntries(
    connector.fields
      .filter(({ input }) => input !== 'secret')
      .map(({ name }) => [name, values.get(name) ?? '']),
  )
}

export function labelOf(connector: Connector, field: string): string {
  return connector.fields.find(({ name }) => name === field)?.label ?? field
}
