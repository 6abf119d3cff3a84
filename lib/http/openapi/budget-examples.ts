/** A budget in the scenario of `examples.ts`, as it is set and as it stands. A test compares. */

export const BUDGET_REQUEST = {
  amount: '1000.00',
  thresholds: [
    { at: '80%', on: 'spent', action: 'notify' },
    { at: '100%', on: 'forecast', action: 'notify' },
    { at: '1000.00', on: 'spent', action: 'stop' },
  ],
  stops: 'until it fits',
};

export const BUDGET = {
  name: 'monthly',
  month: '2026-11',
  amount: '1000.00',
  currency: 'EUR',
  spent: '0.06',
  forecast: '0.06',
  thresholds: [
    { at: '80%', on: 'spent', action: 'notify', amount: '800.00' },
    { at: '100%', on: 'forecast', action: 'notify', amount: '1000.00' },
    { at: '1000.00', on: 'spent', action: 'stop', amount: '1000.00' },
  ],
  stops: 'until it fits',
  changedAt: '2026-11-23T01:43:42.910Z',
};

export const BUDGETS = { projectId: 'proj-1', month: '2026-11', budgets: [BUDGET] };
