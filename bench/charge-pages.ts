import assert from 'node:assert/strict';
import { deriveCharges } from '../lib/billing/charges.ts';
import { DAY_MS } from '../lib/billing/minutes.ts';
import { createCalendar } from '../lib/billing/months.ts';
import { createTariffBook, type Tariff } from '../lib/billing/tariff.ts';
import { chargeKey } from '../lib/store/keys.ts';
import { createStore } from '../lib/store/store.ts';
import type { Item } from '../lib/store/table.ts';
import { createJobs, projectIdOf, uuidOf } from './workload.ts';

export const MONTH = '2026-09';
const TEMPLATES = 500;
/** About 1 MB, the limit of a page in DynamoDB. */
const PAGE_ITEMS = 1_000;

/** Item of a stored charge, as read from DynamoDB. */
export type ChargeItem = Item & {
  readonly jobId: string;
  readonly usageMonth: string;
  readonly start: number;
  readonly minutes: number;
  readonly milliUnits: number;
  readonly unit: string;
  readonly flavor: string;
  readonly pricePerHour: string;
};

const TARIFFS: readonly Tariff[] = [
  {
    name: 'running time',
    effectiveFrom: Date.parse('2023-02-14T00:00:00Z'),
    revision: 1,
    currency: 'EUR',
    billableStatuses: ['RUNNING'],
    maxRunningMs: 28 * DAY_MS,
    maxSilenceMs: 7 * DAY_MS,
    prices: {
      'ai1-1-cpu': { unit: 'cpu', pricePerHour: '0.03' },
      'ai1-1-gpu': { unit: 'gpu', pricePerHour: '1.93' },
    },
  },
];

/** Items of charges as the store writes them. */
const storedCharges = async (): Promise<readonly Item[]> => {
  const items: Item[] = [];
  const capture = { put: async ({ item }: { readonly item: Item }) => ({ written: items.push(item) > 0 }) };
  const store = createStore(capture as unknown as Parameters<typeof createStore>[0]);
  const [calendar, tariffs] = [createCalendar('UTC'), createTariffBook(TARIFFS)];
  for (const { transitions } of createJobs({ jobs: TEMPLATES, projects: 1, month: MONTH, seed: 1 }))
    for (const charge of deriveCharges(transitions, tariffs, calendar))
      await store.writeCharges([charge], { factsSeen: transitions.length, tariffsSeen: TARIFFS.length });
  assert(items.length === TEMPLATES, 'each job has one charge');
  return items;
};

/** Charges of projects by number, one job each, with ids that are random in every digit. */
export interface ChargeItems {
  readonly jobIdOf: (projectId: string, index: number) => string;
  /** As the store writes it. */
  readonly itemOf: (projectId: string, index: number) => Item;
}

export const createChargeItems = async (): Promise<ChargeItems> => {
  const templates = (await storedCharges()) as readonly (ChargeItem & {
    readonly openedBy: { readonly id: string };
    readonly statedBy: { readonly id: string };
    readonly endedBy: { readonly cause: string; readonly fact: { readonly id: string } };
  })[];
  const templateOf = (index: number) =>
    templates[index % templates.length] ?? assert.fail('there are templates');
  // As real ids are, so that compression is not flattered.
  const renamed = (projectId: string, index: number, id: string) => uuidOf(`${projectId} ${index} ${id}`);
  const jobIdOf = (projectId: string, index: number) => renamed(projectId, index, templateOf(index).jobId);

  return {
    jobIdOf,
    itemOf(projectId, index) {
      const template = templateOf(index);
      const { openedBy, statedBy, endedBy } = template;
      const jobId = jobIdOf(projectId, index);
      const rename = <Event extends { readonly id: string }>(event: Event): Event => ({
        ...event,
        id: renamed(projectId, index, event.id),
      });
      return {
        ...template,
        ...chargeKey({ ...template, jobId, projectId }),
        jobId,
        projectId,
        openedBy: rename(openedBy),
        statedBy: rename(statedBy),
        endedBy: { ...endedBy, fact: rename(endedBy.fact) },
      };
    },
  };
};

/** Creates pages of stored charges, one job each, in key order. */
export const createPages = async () => {
  const { itemOf } = await createChargeItems();
  return (projectId: string, charges: number): readonly (readonly ChargeItem[])[] => {
    const items = Array.from({ length: charges }, (_, index) => itemOf(projectId, index)).sort((a, b) =>
      a.sk < b.sk ? -1 : 1,
    );
    // Copies without shared objects, like parsed responses.
    const read = JSON.parse(
      JSON.stringify(items, (_, value) => (typeof value === 'bigint' ? Number(value) : value)),
    ) as ChargeItem[];
    return Array.from({ length: Math.ceil(charges / PAGE_ITEMS) }, (_, page) =>
      read.slice(page * PAGE_ITEMS, (page + 1) * PAGE_ITEMS),
    );
  };
};

/** A project and its charges. */
export interface ProjectPages {
  readonly projectId: string;
  readonly pages: readonly (readonly ChargeItem[])[];
}

export const projectsFrom = (
  pagesOf: Awaited<ReturnType<typeof createPages>>,
  {
    first,
    projects,
    charges,
  }: { readonly first: number; readonly projects: number; readonly charges: number },
): ProjectPages[] =>
  Array.from({ length: projects }, (_, index) => {
    const projectId = projectIdOf(first + index);
    return { projectId, pages: pagesOf(projectId, charges) };
  });
