import type { ProjectReconciliation } from '../../lib/shapes/reconciliation.ts';
import { paths } from '../api.ts';
import { monthName } from '../calendar.ts';
import { BilledRows } from '../parts/billed-rows.tsx';
import { Card } from '../parts/card.tsx';
import { DifferenceSteps } from '../parts/difference-steps.tsx';
import { Notice, Shown } from '../parts/feedback.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { VerdictCard } from '../parts/verdict-card.tsx';
import { linkTo, type Route } from '../route.ts';
import { SETTLED_MS, useRead } from '../use-answer.ts';
import { useZone } from '../zone.ts';

type ReconciliationRoute = Extract<Route, { view: 'reconciliation' }>;

const NotCompared = ({ route: { projectId, month } }: { readonly route: ReconciliationRoute }) => (
  <Notice title={`${monthName(month)} was not compared with the provider’s bill`}>
    <p>
      What <code>{`jobmeter reconcile ${month} --project ${projectId} --save`}</code> finds shows here. An
      operator of the stage can run it.
    </p>
    <p>
      <a href={linkTo({ view: 'project', projectId, month })}>Usage of {monthName(month)}</a>
    </p>
  </Notice>
);

const Compared = ({ report, zone }: { readonly report: ProjectReconciliation; readonly zone: string }) => (
  <>
    <VerdictCard report={report} zone={zone} />
    <DifferenceSteps report={report} />
    <Card id="rows" title="By region and flavor">
      <BilledRows report={report} />
    </Card>
    {report.notes.length > 0 && (
      <Card id="notes" title="What could not be compared">
        <ul class="notes">
          {report.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      </Card>
    )}
  </>
);

/** A month of the provider's bill beside the charges here, and what makes the difference. */
export const ReconciliationView = ({ route }: { readonly route: ReconciliationRoute }) => {
  const { projectId, month } = route;
  const report = useRead<ProjectReconciliation>(paths.reconciliation(projectId, month), () => SETTLED_MS);
  const zone = useZone(report.state === 'ready' ? report.value.timeZone : undefined);
  const isMissing = report.state === 'failed' && /was not compared/.test(report.problem.message);
  return (
    <>
      <PageTitle
        kicker={
          <>
            Provider’s bill of project <a href={linkTo({ view: 'project', projectId, month })}>{projectId}</a>
          </>
        }
        title={monthName(month)}
      />
      {isMissing ? (
        <NotCompared route={route} />
      ) : (
        <Shown answer={report} what={`comparison of ${monthName(month)}`}>
          {({ value }) => <Compared report={value} zone={zone ?? value.timeZone} />}
        </Shown>
      )}
    </>
  );
};
