import { useState } from 'preact/hooks';
import type { ActionLog as Log, LoggedAction } from '../../lib/shapes/operations.ts';
import { paths } from '../api.ts';
import { linkTo } from '../route.ts';
import { readPages, useAnswer, useLast } from '../use-answer.ts';
import { Card } from './card.tsx';
import { Shown } from './feedback.tsx';
import { Time } from './text.tsx';

/** "budget.changed" is "budget changed". */
const words = (action: string): string => action.replace(/[.-]/g, ' ');

const Row = ({
  logged: { at, by, action, projectId, target, detail },
  zone,
}: {
  readonly logged: LoggedAction;
  readonly zone: string;
}) => (
  <tr>
    <td data-label="When">
      <Time at={at} zone={zone} />
    </td>
    <th scope="row">
      {words(action)}
      {projectId !== undefined && (
        <>
          {' '}
          <a class="id" href={linkTo({ view: 'project', projectId })}>
            {projectId}
          </a>
        </>
      )}
    </th>
    <td data-label="What">
      <span class="id">{target}</span>
      {detail !== undefined && <div class="hint id">{detail}</div>}
    </td>
    <td data-label="Who">
      <span class="id">{by.id}</span>
    </td>
  </tr>
);

/** What people have done, latest first. */
export const ActionLog = ({ zone }: { readonly zone: string }) => {
  const [pages, setPages] = useState(1);
  const path = paths.actions();
  const { answer } = useLast(
    useAnswer(
      `${path} ${pages}`,
      (api, signal) =>
        readPages<Log, LoggedAction>(api, path, ({ actions }) => actions, signal, { maxPages: pages }),
      () => 60_000,
    ),
  );
  return (
    <Card id="log" title="What people have done">
      <Shown answer={answer} what="log of actions">
        {({ value: { items, isTruncated } }) =>
          items.length === 0 ? (
            <p class="empty">Nothing was done yet.</p>
          ) : (
            <>
              <table class="stacking">
                <caption class="visually-hidden">Log of actions</caption>
                <thead>
                  <tr>
                    <th scope="col">When</th>
                    <th scope="col">Action</th>
                    <th scope="col">What</th>
                    <th scope="col">Who</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((logged) => (
                    <Row
                      key={`${logged.at} ${logged.action} ${logged.target} ${logged.projectId ?? ''}`}
                      logged={logged}
                      zone={zone}
                    />
                  ))}
                </tbody>
              </table>
              {isTruncated && (
                <button type="button" class="more" onClick={() => setPages(pages + 1)}>
                  Show earlier ones
                </button>
              )}
            </>
          )
        }
      </Shown>
    </Card>
  );
};
