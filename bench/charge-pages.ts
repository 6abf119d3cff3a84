import assert from 'node:assert/strict';
import { deriveCharges } from '../lib/billing/charges.ts';
import { createCalendar } from '../lib/billing/months.ts';
import { createTariffBook, type Tariff } from '../lib/billing/tariff.ts';
import { chargeKey } from '../lib/store/keys.ts';
import { createStore } from '../lib/store/store.ts';
import type { Item } from '../lib/store/table.ts';
import { TARIFF } from '../tests/unit/operations/world.ts';
import { createJobs, projectIdOf } from './workload.ts';

export const MONTH = '2026-09';
const TEMPLATES = 500;
/** About 1 MB, the most that one answer of DynamoDB holds. */
const PAGE_ITEMS = 1_000;

/** A charge's item, as a read of DynamoDB gives it. */
export type ChargeItem = Item & {
  readonly jobId: string;
  readonly usageMonth: string;
  readonly start: number;
  readonly minutes: number;
  readonly units: number;
  readonly unit: string;
  readonly flavor: string;
  readonly pricePerHour: string;
};

const TARIFFS: readonly Tariff[] = [TARIFF];

/** Stored charges of some hundred jobs, as the store writes them. */
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

/** As long as a real one, and as random to look at. */
const renamed = (uuid: string, index: number): string =>
  Math.imul(index + 1, 0x9e3779b1)
    .toString(16)
    .replace('-', 'f')
    .padStart(8, '0')
    .slice(0, 8) +
  index.toString(16).padStart(8, '0') +
  uuid.slice(16);

/** Gives pages of stored charges, every charge of a job of its own, in the order of their keys. */
export const createPages = async () => {
  const templates = await storedCharges();

  const itemOf = (projectId: string, index: number): Item => {
    const template = templates[index % templates.length] as ChargeItem & {
      readonly openedBy: { readonly id: string };
      readonly endedBy: { readonly cause: string; readonly fact: { readonly id: string } };
    };
    const { openedBy, endedBy } = template;
    const jobId = renamed(template.jobId, index);
    return {
      ...template,
      ...chargeKey({ ...template, jobId, projectId }),
      jobId,
      projectId,
      amount: Number(template.amount),
      openedBy: { ...openedBy, id: renamed(openedBy.id, index) },
      endedBy: { ...endedBy, fact: { ...endedBy.fact, id: renamed(endedBy.fact.id, index) } },
    };
  };

  return (projectId: string, charges: number): readonly (readonly ChargeItem[])[] => {
    const items = Array.from({ length: charges }, (_, index) => itemOf(projectId, index)).sort((a, b) =>
      a.sk < b.sk ? -1 : 1,
    );
    // As they come off the wire: no two share anything.
    const read = JSON.parse(JSON.stringify(items)) as ChargeItem[];
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
