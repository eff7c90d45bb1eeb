import { expect, it } from 'vitest'
import { privatePlan, roundOf } from '../testing/private-plan.js'
import { sample } from '../testing/sample.js'
import { MOST_KINDS, type TaskAccount } from './account.js'
import { tryCharge } from './refusal.js'

const plan = privatePlan(sample())

function accountsAfter(accounts: readonly TaskAccount[], of: typeof plan): readonly TaskAccount[] {
  const charge = tryCharge(accounts, of, undefined, 0)
  if ('problem' in charge) throw new Error(charge.problem)
  return charge.accounts
}

it('a ledger stays small: it knows the last 256 rounds of a task, and counts equal ones together', () => {
  let accounts: readonly TaskAccount[] = []
  for (let number = 1; number <= 300; number++) accounts = accountsAfter(accounts, roundOf(plan, number))
  const [account] = accounts
  expect([account!.participations, account!.recent.length, account!.events.length]).toEqual([300, 256, 1])
  expect(account!.recent[0]!.roundId).toBe(roundOf(plan, 45).roundId)
})

it('a ledger does not grow with all kinds of noise that a coordinator makes up', () => {
  const [account] = accountsAfter([], plan)
  const kinds = Array.from({ length: MOST_KINDS - 1 }, (_, i) => {
    const [{ mechanism }] = account!.events as [TaskAccount['events'][number]]
    return { mechanism: { ...mechanism, l1: 1e6 + i }, sampling: 1, rounds: 1 }
  }) as TaskAccount['events']
  const full = [{ ...account!, events: [...account!.events, ...kinds] }]
  const other = { ...roundOf(plan, 7), privacy: { ...plan.privacy!, noiseMultiplier: 5 } }
  expect(tryCharge(full, other, undefined, 0)).toEqual({ problem: 'its rounds are of more than 1000 kinds' })
  expect(accountsAfter(full, roundOf(plan, 8))[0]!.events).toHaveLength(MOST_KINDS)
})
