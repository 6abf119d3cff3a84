import type { DigestProgress, StatementCheckpoint } from '../../store/statement-checkpoints.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime } from '../public-shapes.ts';
import { canonicalRecord, resumeDigest } from './digest.ts';

type Attempt = Pick<StatementCheckpoint, 'statementId' | 'projectId' | 'digest'>;

interface ReadOptions {
  readonly deadline: number;
  readonly onPage: (charges: number) => void;
}

/**
 * The digest of an attempt of several invocations, over its stored billed charges; at the deadline
 * how far it got. Each call gets further by a page at least.
 */
export const readDigest = async (
  { store, now }: BillingContext,
  { statementId, projectId, digest: saved }: Attempt,
  usageMonths: readonly string[],
  { deadline, onPage }: ReadOptions,
): Promise<{ readonly digest: string } | { readonly progress: DigestProgress }> => {
  const { digest, isResumed } = await resumeDigest(saved?.state);
  const from = isResumed ? saved : undefined;
  const left = from ? usageMonths.slice(usageMonths.indexOf(from.usageMonth)) : usageMonths;
  for (const usageMonth of left) {
    const after = usageMonth === from?.usageMonth ? from.after : undefined;
    for await (const page of store.billedChargePages({ projectId, usageMonth }, statementId, after)) {
      digest.add(page.map(canonicalRecord));
      onPage(page.length);
      const last = page.at(-1);
      if (last && now() >= deadline)
        return {
          progress: {
            state: digest.save(),
            usageMonth,
            after: { jobId: last.jobId, start: isoTime(last.start) },
          },
        };
    }
  }
  return { digest: digest.result() };
};

export type ReadDigest = typeof readDigest;
