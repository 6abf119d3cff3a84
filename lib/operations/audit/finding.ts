import { isDeepStrictEqual } from 'node:util';
import type { Charge } from '../../billing/charges.ts';
import type { Key } from '../../store/table.ts';
import type { Finding } from './audit-run.ts';

type Content = NonNullable<Finding['found']>;

/** The texts of the causes. */
export const CAUSES = {
  'not settled': 'no settle has finished since the latest facts of its job',
  'tariff not settled': 'it was written before the latest tariff',
  parked: 'its job is parked because its settle keeps failing',
  damaged: 'it is not as it was written',
  'no mark': 'it has no changed-month mark, so no close would bill it',
} as const satisfies Record<Finding['cause'], string>;

/** Members ready for output: amounts are strings, and so is any bigint that is there by mistake. */
export const plain = (charge: object): Content =>
  JSON.parse(JSON.stringify(charge, (_, value) => (typeof value === 'bigint' ? `${value}` : value)));

/** Members that a finding has by itself. */
const IDENTITY = new Set(['jobId', 'projectId', 'usageMonth', 'start']);

const contentOf = (charge: Charge | undefined, other: Charge | undefined): Content | undefined => {
  if (!charge) return undefined;
  const [content, compared] = [plain(charge), other && plain(other)];
  return Object.fromEntries(
    Object.entries(content).filter(
      ([name, value]) => !IDENTITY.has(name) && !(compared && isDeepStrictEqual(value, compared[name])),
    ),
  );
};

export const findingOf = ({
  kind,
  cause,
  charge: { jobId, projectId, usageMonth, start },
  expected,
  found,
  key,
}: Pick<Finding, 'kind' | 'cause'> & {
  readonly charge: Pick<Charge, 'jobId' | 'projectId' | 'usageMonth' | 'start'>;
  readonly expected?: Charge | undefined;
  readonly found?: Charge | undefined;
  /** Its key, if that is not the key of a charge. */
  readonly key?: Key;
}): Finding => {
  const expectedContent = contentOf(expected, found);
  const foundContent = contentOf(found, expected);
  return {
    kind,
    cause,
    projectId,
    usageMonth,
    jobId,
    start: key ? key.sk : new Date(start).toISOString(),
    ...(expectedContent && { expected: expectedContent }),
    ...(foundContent && { found: foundContent }),
  };
};
