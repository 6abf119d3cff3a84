import type { ProjectReconciliation } from '../../lib/shapes/reconciliation.ts';
import { paths } from '../api.ts';
import { verdictOf } from '../reconciliation.ts';
import { linkTo } from '../route.ts';
import { SETTLED_MS, useRead } from '../use-answer.ts';

/** What came of the comparison with the provider's bill; nothing where the month was not compared. */
export const CheckedBill = ({ projectId, month }: { readonly projectId: string; readonly month: string }) => {
  const answer = useRead<ProjectReconciliation>(paths.reconciliation(projectId, month), () => SETTLED_MS);
  if (answer.state !== 'ready') return null;
  const { isExplained, inShort } = verdictOf(answer.value);
  return (
    <p class={isExplained ? 'callout' : 'callout warning'} data-testid="checked">
      <a href={linkTo({ view: 'reconciliation', projectId, month })}>Checked against the provider’s bill</a>:{' '}
      {inShort}
    </p>
  );
};
