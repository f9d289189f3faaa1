import { Button, NumberInput, Select } from '@mantine/core'
import { type JSX, useState } from 'react'
import type { Failure } from '../../../api.ts'
import type { ConnectionForm } from './connection-form.ts'
import { planChoices, rateFields, rateInWords } from './rate-entry.ts'
import type { Connector } from './setup-query.ts'

/** How fast Owlie may ask: right for most as it is, so it is one line until somebody wants to change it. */
export function RateLine({ connector, form }: { connector: Connector; form: ConnectionForm }): JSX.Element {
  const [open, setOpen] = useState(false)
  if (!open && !rateFields.some((field) => form.problems[field]))
    return (
      <p className="name-line">
        Rate limit: <b>{rateInWords(connector, form.rate)}</b>{' '}
        <Button
          size="compact-xs"
          variant="subtle"
          aria-label="Change the rate limit"
          onClick={() => setOpen(true)}
        >
          Change
        </Button>
      </p>
    )
  return <RateFields connector={connector} form={form} />
}

function RateFields({ connector, form }: { connector: Connector; form: ConnectionForm }): JSX.Element {
  const { rate, setRate, problems } = form
  const isCustom = rate.plan === 'custom'
  return (
    <div className="rate-fields" role="group" aria-label="Rate limit">
      <Select
        label="Rate plan"
        size="xs"
        data={planChoices(connector)}
        value={rate.plan}
        allowDeselect={false}
        autoFocus
        error={words(problems['ratePlan'])}
        onChange={(plan) => plan && setRate({ ...rate, plan })}
      />
      {isCustom && (
        <>
          <NumberInput
            label="At once"
            className={problems['customRate'] && 'rate-wide'}
            size="xs"
            min={1}
            allowDecimal={false}
            allowNegative={false}
            value={rate.burst}
            error={words(problems['customRate'])}
            onChange={(burst) => setRate({ ...rate, burst })}
          />
          <NumberInput
            label="Per minute"
            size="xs"
            min={1}
            allowDecimal={false}
            allowNegative={false}
            value={rate.perMinute}
            error={problems['customRate'] !== undefined}
            onChange={(perMinute) => setRate({ ...rate, perMinute })}
          />
        </>
      )}
      <NumberInput
        label="Left to logins"
        className={problems['reservePercent'] && 'rate-wide'}
        size="xs"
        suffix=" %"
        min={0}
        max={90}
        clampBehavior="none"
        allowDecimal={false}
        allowNegative={false}
        value={rate.reserve}
        error={words(problems['reservePercent'])}
        onChange={(reserve) => setRate({ ...rate, reserve })}
      />
      <p className="rate-hint">
        {connector.label} refuses requests beyond its limit, those of your logins and other applications too.
        Owlie keeps below it and leaves this part of every limit untouched.
      </p>
    </div>
  )
}

function words(failure: Failure | undefined): string | undefined {
  return failure && `${failure.message} ${failure.remedy}`
}
