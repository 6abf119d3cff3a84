import fc from 'fast-check';
import { signedToken } from './reads.ts';
import { foreignText, forgedKey, longText, type Malformed, type Target } from './request.ts';
import { notJson } from './wrong-json.ts';

const BUDGET = {
  amount: '1000.00',
  label: 'team=vision',
  thresholds: [
    { at: '80%', on: 'spent', action: 'notify' },
    { at: '900.00', on: 'spent', action: 'stop' },
  ],
};

const oddText = fc.oneof(foreignText, forgedKey, longText, fc.constantFrom('', ' ', '*', '__proto__'));
const odd = fc.oneof(
  oddText,
  fc.jsonValue().filter((value) => typeof value !== 'string'),
);
const oddMoney = fc.oneof(
  odd,
  fc.constantFrom('0', '0.00', '-1', '1e3', '1,000.00', '1000.', '.5', '0x10', '1000.005', 'NaN', '９'),
);
const oddAt = fc.oneof(oddMoney, fc.constantFrom('0%', '1001%', '80.123%', '-80%', '%', '80 %', '80%%'));

const withThreshold = (changed: object) => ({
  ...BUDGET,
  thresholds: [{ ...BUDGET.thresholds[0], ...changed }],
});

/** Budgets with one thing wrong in them. */
const wrongBudget: fc.Arbitrary<unknown> = fc.oneof(
  // JSON that is a text, false or null reaches a function of the local gateway as something else:
  // tests/unit/http/write-function.test.ts has those.
  fc.oneof(fc.array(fc.jsonValue()), fc.integer({ min: 1 }), fc.constant(true)),
  fc.constantFrom('amount', 'thresholds').map((name) => ({ ...BUDGET, [name]: undefined })),
  oddMoney.map((amount) => ({ ...BUDGET, amount })),
  fc.oneof(odd, fc.constantFrom('USD', 'eur')).map((currency) => ({ ...BUDGET, currency })),
  fc
    .oneof(
      odd,
      fc.constantFrom('team', '=vision', 'a key=b', 'team:vision'),
      foreignText.map((key) => `${key}=x`),
    )
    .filter((label) => typeof label !== 'string' || !/^[\w./-]{1,63}=/.test(label))
    .map((label) => ({ ...BUDGET, label })),
  oddAt.map((at) => withThreshold({ at })),
  odd.map((on) => withThreshold({ on })),
  odd.map((action) => withThreshold({ action })),
  fc.constantFrom('__proto__', 'Amount', 'budget', 'toString').map((name) => ({
    ...BUDGET,
    ...Object.fromEntries([[name, 1]]),
  })),
  fc
    .constantFrom([], [BUDGET.thresholds[0], BUDGET.thresholds[0]], Array(11).fill(BUDGET.thresholds[0]))
    .map((thresholds) => ({ ...BUDGET, thresholds })),
);

/** Writes of budgets that are none, or that the token does not allow. */
export const wrongBudgets = (target: Target): fc.Arbitrary<Malformed> => {
  const { projectId } = target;
  const right = { scope: 'usage:read budgets:write', sub: 'ana' };
  const path = `/v1/projects/${projectId}/budgets/monthly`;
  const write = (kind: string, expected: number, changed: Partial<Malformed>, claims: object = right) => ({
    ...{ kind, method: 'PUT' as const, path, body: Buffer.from(JSON.stringify(BUDGET)), atDoor: false },
    headers: [
      ['authorization', `Bearer ${signedToken(target, claims)}`],
      ['content-type', 'application/json'],
    ] as const,
    expected: [expected],
    ...changed,
  });
  const method = fc.constantFrom('PUT' as const, 'DELETE' as const);
  const notId = fc
    .oneof(foreignText, forgedKey, longText)
    .map((text) => encodeURIComponent(text.toWellFormed()));
  const headers = (mediaType: string): Malformed['headers'] => [
    ['authorization', `Bearer ${signedToken(target, right)}`],
    ['content-type', mediaType],
  ];
  return fc.oneof(
    {
      weight: 4,
      arbitrary: wrongBudget.map((budget) =>
        write('budget', 422, { body: Buffer.from(JSON.stringify(budget) ?? 'null') }),
      ),
    },
    notJson(BUDGET).map((body) => write('budget', 400, { body: Buffer.from(body) })),
    notId.map((name) => write('budget', 422, { path: `/v1/projects/${projectId}/budgets/${name}` })),
    notId.map((name) =>
      write('budget', 404, { method: 'DELETE', path: `/v1/projects/${projectId}/budgets/${name}` }),
    ),
    method.map((one) => write('budget', 404, { method: one, path: '/v1/projects/other/budgets/monthly' })),
    fc
      .tuple(method, fc.constantFrom('month', 'force', '__proto__'))
      .map(([one, name]) => write('budget', 422, { method: one, path: `${path}?${name}=1` })),
    fc
      .tuple(
        method,
        fc.constantFrom<object>(
          ...[
            { ...right, scope: 'usage:read' },
            { ...right, scope: 'budgets' },
            { ...right, scope: '' },
          ],
          ...[{ scope: right.scope }, { ...right, sub: '' }, { ...right, sub: 1 }, { ...right, sub: 'a\nb' }],
          ...[{ ...right, sub: 'x'.repeat(257) }],
        ),
      )
      .map(([one, claims]) => write('scope', 403, { method: one }, claims)),
    fc
      .constantFrom('text/plain', 'application/x-www-form-urlencoded')
      .map((type) => write('budget', 415, { headers: headers(type) })),
  );
};
