export { type Budget, type BudgetTerms, checkBudget, type Period, periodOf } from './budget.js'
export { affordableRounds, type RoundEvents, roundEvents, spentOn } from './spending.js'
