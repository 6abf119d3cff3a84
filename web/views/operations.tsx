import type { Operations } from '../../lib/shapes/operations.ts';
import { paths } from '../api.ts';
import { dateAt, timeText } from '../calendar.ts';
import { ActionLog } from '../parts/action-log.tsx';
import { Notice, Shown } from '../parts/feedback.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { ProjectTable } from '../parts/project-table.tsx';
import { StageBudgets } from '../parts/stage-budgets.tsx';
import { StageDeliveries } from '../parts/stage-deliveries.tsx';
import { StageDrafts } from '../parts/stage-drafts.tsx';
import { StageJobs } from '../parts/stage-jobs.tsx';
import { StageMonths } from '../parts/stage-months.tsx';
import { StageOverview } from '../parts/stage-overview.tsx';
import { Provider, Publications } from '../parts/stage-sources.tsx';
import { TotalsProgress } from '../parts/totals-progress.tsx';
import type { Choices, Route } from '../route.ts';
import { hasScope, mayOperate } from '../token.ts';
import { SETTLED_MS, useRead } from '../use-answer.ts';
import { useTotals } from '../use-totals.ts';

const OPERATIONS_MS = 30_000;
/** Of the totals of projects: 5,000 of them. */
const MAX_PAGES = 200;

const Projects = ({ month, choices }: { readonly month: string; readonly choices: Choices }) => {
  const { answer, readSoFar } = useTotals(month, SETTLED_MS, MAX_PAGES);
  return (
    <>
      {answer.state === 'loading' && <TotalsProgress readSoFar={readSoFar} />}
      <Shown answer={answer} what="totals of the projects">
        {({ value: { items, isTruncated } }) =>
          items.length === 0 ? (
            <section class="card">
              <p class="empty">No project has usage this month.</p>
            </section>
          ) : (
            <ProjectTable
              title="Projects"
              rows={items}
              isTruncated={isTruncated}
              month={month}
              isCurrent
              choices={choices}
            />
          )
        }
      </Shown>
    </>
  );
};

/** The state of the stage: what is closed, what waits for a person, and what fails. */
export const OperationsView = ({
  token,
  route: { choices = {} },
}: {
  readonly token: string;
  readonly route: Extract<Route, { view: 'operations' }>;
}) => {
  const isAllowed = mayOperate(token);
  const answer = useRead<Operations>(isAllowed ? paths.operations : undefined, () => OPERATIONS_MS);
  const asOf = answer.state === 'ready' ? answer.value : undefined;
  return (
    <>
      <PageTitle
        kicker={asOf ? `As of ${timeText(asOf.asOf, asOf.timeZone)} (${asOf.timeZone})` : 'The whole stage'}
        title="Operations"
      />
      {isAllowed ? (
        <Shown answer={answer} what="state of the stage">
          {({ value }) => (
            <div class="stack stage">
              <StageOverview operations={value} />
              <StageMonths operations={value} />
              <StageDrafts
                operations={value}
                mayDecide={hasScope(token, 'statements:approve')}
                onDecided={answer.retry}
              />
              <StageBudgets operations={value} />
              <StageJobs operations={value} />
              <StageDeliveries operations={value} />
              <Publications operations={value} />
              <Provider operations={value} />
              <Projects
                month={dateAt(Date.parse(value.asOf), value.timeZone).slice(0, 7)}
                choices={choices}
              />
              <ActionLog zone={value.timeZone} />
            </div>
          )}
        </Shown>
      ) : (
        <Notice title="Your token may not see this">
          <p>
            It needs all projects and the scope <code>operations:read</code>. Ask whoever gave you the token.
          </p>
        </Notice>
      )}
    </>
  );
};
