import type { BillingContext } from '../lib/operations/billing-context.ts';
import { askBeforeClose } from '../lib/operations/poll/ask-before-close.ts';
import { SHARE } from '../lib/operations/poll/call-allowance.ts';
import { Refusal } from '../lib/refusal.ts';
import type { Provider } from './provider.ts';

/**
 * Asks the provider for the jobs that the close would bill open or held. Gives the reasons why the
 * close does without it for some projects; a refusal while it has to wait.
 */
export const askFirst = async (
  context: BillingContext,
  { api, projects: polled }: Pick<Provider, 'api' | 'projects'>,
  month: string | undefined,
): Promise<string[]> => {
  const { mayClose, projects } = await askBeforeClose(context, api, polled, {
    ...{ month, everyMs: SHARE.everyMs },
  });
  const reasons = projects.flatMap(({ provider, reason }) =>
    reason === undefined ? [] : [`${provider}: ${reason}`],
  );
  if (mayClose) return reasons;
  throw new Refusal(
    'invalid',
    `the provider could not be asked for jobs that are open or held (${reasons.join('; ')}): ` +
      'try again, or close with --without-asking',
  );
};
