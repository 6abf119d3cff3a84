import type { Statement } from '../../lib/shapes/statement.ts';
import { paths } from '../api.ts';
import { monthName } from '../calendar.ts';
import { Notice, Shown } from '../parts/feedback.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { StatementActions } from '../parts/statement-actions.tsx';
import { StatementDocument } from '../parts/statement-document.tsx';
import { StatementEvidence } from '../parts/statement-evidence.tsx';
import { linkTo, type Route } from '../route.ts';
import { useStatement } from '../use-statement.ts';
import { useZone } from '../zone.ts';

type StatementRoute = Extract<Route, { view: 'statement' }>;

/** Why a project that the token includes has no statement. `detail` is the API's reason. */
const whyMissing = (detail: string): string => {
  if (/ever charged/.test(detail))
    return 'Nothing was ever charged for this project: its id may be mistyped.';
  if (/nothing was used/.test(detail))
    return 'Nothing was used up to that month: no statement is issued for it.';
  return /nothing to bill/.test(detail)
    ? 'The month is closed, and there was nothing to bill.'
    : 'The month is not closed yet. Its statement is issued after it has ended.';
};

const MissingStatement = ({
  route: { projectId, month },
  detail,
}: {
  readonly route: StatementRoute;
  readonly detail: string;
}) => (
  <Notice title={`No statement of ${monthName(month)}`}>
    <p>{whyMissing(detail)}</p>
    <p>
      <a href={linkTo({ view: 'project', projectId, month })}>Usage of {monthName(month)}</a>
    </p>
  </Notice>
);

/** A frozen statement: to read, print, download and check. */
export const StatementView = ({ route }: { readonly route: StatementRoute }) => {
  const { projectId, month } = route;
  const statement = useStatement<Statement>(paths.statement(projectId, month));
  const zone = useZone(statement.state === 'ready' ? statement.value.timeZone : undefined);
  const isMissing = statement.state === 'failed' && /there is no statement/.test(statement.problem.message);
  return (
    <>
      <PageTitle
        kicker={
          <>
            Statement of project <a href={linkTo({ view: 'project', projectId, month })}>{projectId}</a>
          </>
        }
        title={monthName(month)}
      >
        {statement.state === 'ready' && <StatementActions statement={route} />}
      </PageTitle>
      {isMissing ? (
        <MissingStatement route={route} detail={statement.problem.message} />
      ) : (
        <Shown answer={statement} what={`statement of ${monthName(month)}`}>
          {({ value }) => (
            <>
              <StatementDocument statement={value} zone={zone ?? value.timeZone} />
              <StatementEvidence statement={value} zone={zone ?? value.timeZone} />
            </>
          )}
        </Shown>
      )}
    </>
  );
};
