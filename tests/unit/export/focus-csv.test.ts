import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { formatMinor, parseMinor } from '../../../lib/billing/money.ts';
import { scaled } from '../../../lib/export/decimal.ts';
import { focusCsv } from '../../../lib/export/focus-csv.ts';
import {
  allPapers,
  anyStory,
  createStory,
  type Papers,
  playStory,
  readPapers,
  run,
} from '../operations/statement-story.ts';
import { createWorld, TARIFF, TWO_CPUS } from '../operations/world.ts';
import { brokenRules, FOCUS_COLUMNS, type FocusRow } from './focus-rules.ts';

const PARTIES = { invoiceIssuer: 'Issuer', provider: 'Provider', publisher: 'Publisher' };

const rowsOf = (csv: string): FocusRow[] => parse(csv, { columns: true, record_delimiter: '\r\n' });

const byCharge = ({ statement, page }: Papers) => rowsOf(focusCsv(PARTIES, statement, page.charges));
const byLine = ({ statement }: Papers) => rowsOf(focusCsv(PARTIES, statement));

const billedOf = (rows: readonly FocusRow[], currency: string): string =>
  formatMinor(
    rows.reduce((sum, row) => sum + parseMinor(row.BilledCost ?? ''), 0n),
    currency,
  );

const isOf =
  (line: Papers['statement']['lines'][number]) =>
  (row: FocusRow): boolean =>
    row.x_UsageMonth === line.usageMonth &&
    row.x_Flavor === line.flavor &&
    row.x_Unit === line.unit &&
    row.ListUnitPrice === line.pricePerHour;

const sumOf = (rows: readonly FocusRow[], column: string): number =>
  rows.reduce((sum, row) => sum + Number(row[column]), 0);

/** Rows say what the statement says: to the cent, and to the minute. */
const expectToAddUp = ({ statement }: Papers, rows: readonly FocusRow[]) => {
  expect(billedOf(rows, statement.currency)).toBe(statement.total);
  for (const line of statement.lines) {
    const ofLine = rows.filter(isOf(line));
    expect(billedOf(ofLine, statement.currency)).toBe(line.amount);
    expect(sumOf(ofLine, 'x_Minutes')).toBe(line.minutes);
    expect(sumOf(ofLine, 'ConsumedQuantity')).toBe(line.unitMinutes);
  }
};

let papers: Papers;
let all: Papers[];
beforeAll(async () => {
  const world = await createStory();
  papers = await readPapers(world, 'proj-1', '2026-10');
  all = await allPapers(world);
});

describe('a statement with usage, corrections, two prices and what is not billed', () => {
  test('has the columns of FOCUS by subject, from account to cost, and after them its own', () => {
    const header = focusCsv(PARTIES, papers.statement).split('\r\n')[0]?.split(',') ?? [];
    expect(header.slice(0, FOCUS_COLUMNS.length).sort()).toEqual(FOCUS_COLUMNS);
    const subjects = ['BillingAccountId', 'ResourceId', 'ChargePeriodStart', 'ChargeDescription'];
    const amounts = ['ConsumedQuantity', 'PricingQuantity', 'ListUnitPrice', 'ListCost', 'BilledCost'];
    const inOrder = [...subjects, ...amounts];
    expect(header.filter((column) => inOrder.includes(column))).toEqual(inOrder);
    expect(header.slice(FOCUS_COLUMNS.length)).toEqual([
      ...['x_UsageMonth', 'x_Flavor', 'x_Unit', 'x_Units', 'x_Minutes', 'x_JobStatus', 'x_TariffId'],
    ]);
  });

  test('names issuer, provider and publisher as the stage is set', () => {
    for (const row of [...byCharge(papers), ...byLine(papers)])
      expect(row).toMatchObject({
        InvoiceIssuerName: 'Issuer',
        ProviderName: 'Provider',
        PublisherName: 'Publisher',
      });
  });

  test('breaks no rule of FOCUS, by charge and by line', () => {
    for (const each of all) {
      expect(brokenRules(byCharge(each))).toEqual([]);
      expect(brokenRules(byLine(each))).toEqual([]);
    }
  });

  test('adds up by charge and by line', () => {
    for (const each of all) {
      expectToAddUp(each, byCharge(each));
      expectToAddUp(each, byLine(each));
    }
  });

  test('has the project, job, resource, period and price of each charge', () => {
    const rows = byCharge(papers).filter((row) => row.ResourceId === 'over-the-end');
    expect(rows).toEqual([
      expect.objectContaining({
        BillingAccountId: 'proj-1',
        // October in Paris.
        BillingPeriodStart: '2026-09-30T22:00:00Z',
        BillingPeriodEnd: '2026-10-31T23:00:00Z',
        ChargeClass: '',
        ChargeDescription: 'AI Training on ai1-1-gpu: 300 minutes x 2 GPU at 1.93 EUR per GPU hour',
        ChargePeriodStart: '2026-09-30T22:00:30Z',
        ChargePeriodEnd: '2026-10-01T03:00:00Z',
        BilledCost: '19.30',
        ConsumedQuantity: '600',
        ConsumedUnit: 'GPU-Minutes',
        InvoiceId: papers.statement.statementId,
        ListCost: '19.3',
        ListUnitPrice: '1.93',
        PricingQuantity: '10',
        PricingUnit: 'GPU-Hours',
        ResourceType: 'AI Training job',
        SkuId: 'ai-training/ai1-1-gpu/gpu',
        SkuPriceId: 'ai-training/ai1-1-gpu/gpu/1.93',
        SkuPriceDetails: '{"GpuCount":1,"InstanceType":"ai1-1-gpu"}',
        Tags: '',
        x_Minutes: '300',
        x_TariffId: '2023-02-14T00:00:00.000Z#1',
        x_Units: '2',
      }),
    ]);
  });

  test('reverses the billed row of a corrected charge in its own period, and bills it anew', () => {
    const rows = byCharge(papers).filter((row) => row.ResourceId === 'other-flavor');
    expect(rows).toMatchObject([
      {
        ChargeClass: 'Correction',
        ChargePeriodStart: '2026-09-05T08:00:00Z',
        BillingPeriodStart: '2026-09-30T22:00:00Z',
        ConsumedQuantity: '-122',
        PricingQuantity: '-2.033333333333',
        x_Flavor: 'ai1-1-gpu',
        x_Minutes: '-61',
        x_UsageMonth: '2026-09',
      },
      {
        ChargeClass: 'Correction',
        ChargePeriodStart: '2026-09-05T08:00:00Z',
        ChargePeriodEnd: '2026-09-05T09:00:30Z',
        ConsumedQuantity: '122',
        x_Flavor: 'ai1-1-cpu',
        SkuPriceDetails: '{"CoreCount":1,"InstanceType":"ai1-1-cpu"}',
      },
    ]);
    expect(rows[0]?.ChargeDescription).toMatch(
      /^Correction of 2026-09: AI Training on ai1-1-gpu: -61 minutes/,
    );
  });

  test('only reverses a charge that is no longer billed', () => {
    const rows = byCharge(papers).filter((row) => row.ResourceId === 'mistaken');
    expect(rows).toMatchObject([{ BilledCost: '-19.30', ConsumedQuantity: '-600' }]);
  });

  test('has no row for what has no price', () => {
    for (const unbilled of ['no-price', 'no-count', 'ended-twice']) {
      const charges = papers.page.charges.filter(({ jobId }) => jobId === unbilled);
      expect(charges.length).toBeGreaterThan(0);
      const billed = charges.filter((charge) => 'pricePerHour' in charge && charge.minutes > 0);
      expect(byCharge(papers).filter((row) => row.ResourceId === unbilled)).toHaveLength(billed.length);
    }
  });

  test('has the labels of a job as tags, by key, and counts fractions of a unit', () => {
    const [labelled] = byCharge(papers).filter((row) => row.ResourceId === 'labelled');
    expect(JSON.parse(labelled?.Tags ?? '')).toEqual({ 10: 'ten', 2: 'two', team: 'vision' });
    expect(labelled).toMatchObject({
      ChargeDescription: 'AI Training on ai1-1-gpu: 60 minutes x 0.5 GPU at 1.93 EUR per GPU hour',
      ConsumedQuantity: '30',
      PricingQuantity: '0.5',
      ListCost: '0.965',
      x_Units: '0.5',
    });
    expect(byLine(papers).every(({ Tags }) => Tags === '')).toBe(true);
  });

  test('has a row for each count of resources of a run that grew', () => {
    const rows = byCharge(papers).filter((row) => row.ResourceId === 'growing');
    expect(rows.map(({ x_Minutes, x_Units }) => [x_Minutes, x_Units])).toEqual([
      ['11', '2'],
      ['9', '1'],
    ]);
  });

  test('has the seconds in which a period begins and ends', () => {
    const [lost] = byCharge(papers).filter((row) => row.ResourceId === 'stop-lost');
    expect(lost?.ChargePeriodStart).toBe('2026-10-01T08:00:15Z');
    const winter = byCharge(papers).filter((row) => row.ResourceId === 'winter-time');
    expect(winter.at(-1)?.ChargePeriodEnd).toBe('2026-10-26T08:00:01Z');
  });

  test('has no resource for a line, and its usage month as the period', () => {
    const [correction] = byLine(papers).filter((row) => row.ChargeClass === 'Correction');
    expect(correction).toMatchObject({
      ...{ ResourceId: '', ResourceType: '', x_JobStatus: '', x_TariffId: '', x_Units: '' },
      ChargePeriodStart: '2026-08-31T22:00:00Z',
      ChargePeriodEnd: '2026-09-30T22:00:00Z',
      ChargeDescription:
        'Correction of 2026-09: AI Training on ai1-1-cpu: 122 CPU minutes at 0.03 EUR per CPU hour',
    });
  });
});

test('a statement that bills nothing is its header', () => {
  const { statement } = papers;
  const nothing = { ...statement, total: '0.00', lines: [] };
  for (const csv of [focusCsv(PARTIES, nothing), focusCsv(PARTIES, nothing, [])]) {
    expect(csv).toMatch(/^BillingAccountId,/);
    expect(csv.split('\r\n')).toHaveLength(2);
  }
});

test('a charge that bills what was billed before has no rows', async () => {
  const [charge] = papers.page.charges.filter((one) => one.jobId === 'winter-time');
  if (!charge || !('end' in charge)) throw new Error('it is billed');
  const again = { ...charge, held: { from: charge.end, cause: 'maxRunning' as const }, replaces: charge };
  expect(rowsOf(focusCsv(PARTIES, { ...papers.statement, total: '0.00', lines: [] }, [again]))).toEqual([]);
});

test('hours that have no end are rounded, and so is a cost that has none', async () => {
  const world = await createWorld({ now: '2026-10-15T00:00:00Z' });
  await world.tell(...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T08:02:00Z'));
  await world.closeAt('2026-11-01T02:00:00Z');
  const [row] = byCharge(await readPapers(world, 'proj-1', '2026-10'));
  // Two GPUs for two minutes are 4 / 60 hours.
  expect(row).toMatchObject({
    PricingQuantity: '0.066666666667',
    ListCost: '0.128666666667',
    BilledCost: '0.13',
  });
});

test('a cost that ends is exact, although its hours have no end', async () => {
  const world = await createWorld({ now: '2026-10-15T00:00:00Z' });
  await world.tell(...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T08:04:00Z', { resources: TWO_CPUS }));
  await world.closeAt('2026-11-01T02:00:00Z');
  const each = await readPapers(world, 'proj-1', '2026-10');
  for (const [row] of [byCharge(each), byLine(each)])
    expect(row).toMatchObject({ PricingQuantity: '0.133333333333', ListCost: '0.004' });
});

test('a price of a node keeps the rules of FOCUS too', async () => {
  const prices = { big: { unit: 'node', pricePerHour: '12' } } as const;
  const world = await createWorld({ now: '2026-10-15T00:00:00Z', tariffs: [{ ...TARIFF, prices }] });
  const resources = { flavor: 'big', milliUnits: { node: 2_000 } };
  await world.tell(...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', { resources }));
  await world.closeAt('2026-11-01T02:00:00Z');
  const each = await readPapers(world, 'proj-1', '2026-10');
  for (const rows of [byCharge(each), byLine(each)]) {
    expect(brokenRules(rows)).toEqual([]);
    expect(rows).toMatchObject([
      {
        SkuPriceDetails: '{"x_NodeCount":1,"InstanceType":"big"}',
        PricingUnit: 'Node-Hours',
        ListCost: '24',
      },
    ]);
  }
});

/** Costs as whole numbers: times 60, and 10^20. */
const costOf = ({ ListCost = '' }: FocusRow): bigint => scaled(ListCost, 20) * 60n;
const exactCostOf = ({ ConsumedQuantity = '', ListUnitPrice = '' }: FocusRow): bigint =>
  scaled(ConsumedQuantity, 10) * scaled(ListUnitPrice, 10);

/** A cost that never ends is rounded to 12 decimals; any other is exact. */
const isOff = (cost: bigint, exact: bigint): boolean => {
  const last = 60n * 10n ** 8n;
  return exact % last === 0n ? cost !== exact : cost - exact >= last || cost - exact <= -last;
};

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);

/** The list costs of a line that are not the exact ones, and their sum if it is not. */
const inexactCosts = (rows: readonly FocusRow[]): (string | undefined)[] => [
  ...rows.filter((row) => isOff(costOf(row), exactCostOf(row))).map(({ ListCost }) => ListCost),
  ...(isOff(sum(rows.map(costOf)), sum(rows.map(exactCostOf))) ? ['their sum'] : []),
];

test('costs have the digits of the currency', async () => {
  for (const [currency, billed] of [
    ['JPY', '19'],
    ['KWD', '19.300'],
  ] as const) {
    const world = await createWorld({ currency, now: '2026-10-15T00:00:00Z' });
    await world.tell(...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T13:00:00Z'));
    await world.closeAt('2026-11-01T02:00:00Z');
    const [row] = byCharge(await readPapers(world, 'proj-1', '2026-10'));
    expect(row).toMatchObject({ BilledCost: billed, BillingCurrency: currency });
  }
});

test('the rows of any statement keep the rules of FOCUS, and add up to lines and total, each cost exact (I5)', async () => {
  await fc.assert(
    fc.asyncProperty(anyStory, async (story) => {
      for (const each of await allPapers(await playStory(story)))
        for (const rows of [byCharge(each), byLine(each)]) {
          expect(brokenRules(rows)).toEqual([]);
          expectToAddUp(each, rows);
          for (const line of Map.groupBy(rows, (row) => `${row.SkuPriceId} ${row.x_UsageMonth}`).values())
            expect(inexactCosts(line)).toEqual([]);
        }
    }),
    { numRuns: 50 },
  );
});

/**
 * What a spreadsheet takes for a formula that does something: of these characters ids have the
 * minus alone.
 */
const FORMULA = /^[=+@\t\r]|^-.*[(|!=]/;

test('no cell is a formula for a spreadsheet, whatever ids there are', () => {
  const id = fc.stringMatching(/^[A-Za-z0-9._:-]{1,12}$/);
  const single = all.find(({ page }) => page.charges.length === 1);
  if (!single) throw new Error('a statement has one charge');
  const { statement, page } = single;
  fc.assert(
    fc.property(id, id, id, (projectId, jobId, flavor) => {
      const lines = statement.lines.map((line) => ({ ...line, flavor }));
      const charges = page.charges.map((charge) => ({ ...charge, jobId, flavor }));
      const [row] = rowsOf(focusCsv(PARTIES, { ...statement, projectId, lines }, charges));
      expect(row).toMatchObject({ BillingAccountId: projectId, ResourceId: jobId, x_Flavor: flavor });
      for (const value of Object.values(row ?? {})) expect(value).not.toMatch(FORMULA);
    }),
  );
});
