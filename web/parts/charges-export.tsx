import { useState } from 'preact/hooks';
import { paths } from '../api.ts';
import { monthName } from '../calendar.ts';
import { type ApiFile, Downloads } from './downloads.tsx';

const FORMATS = [
  { label: 'CSV (FOCUS)', format: 'focus', mediaType: 'text/csv', extension: 'csv' },
  { label: 'CSV', format: 'csv', mediaType: 'text/csv', extension: 'csv' },
  { label: 'Parquet', format: 'parquet', mediaType: 'application/vnd.apache.parquet', extension: 'parquet' },
] as const;

const MonthChoice = ({
  label,
  month,
  months,
  onChoose,
}: {
  readonly label: string;
  readonly month: string;
  readonly months: readonly string[];
  readonly onChoose: (month: string) => void;
}) => (
  <label class="inline">
    {label}
    <select value={month} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
      {months.map((id) => (
        <option key={id} value={id}>
          {monthName(id)}
        </option>
      ))}
    </select>
  </label>
);

/** The charges that statements of several months billed, as one file. */
export const ChargesExport = ({
  projectId,
  months,
}: {
  readonly projectId: string;
  /** Those with a statement, the latest first. */
  readonly months: readonly string[];
}) => {
  const [latest = '', first = latest] = [months[0], months.at(-1)];
  const [chosen, setChosen] = useState({ from: first, to: latest });
  const from = chosen.from < chosen.to ? chosen.from : chosen.to;
  const to = chosen.from < chosen.to ? chosen.to : chosen.from;
  const files = FORMATS.map(
    ({ label, format, mediaType, extension }): ApiFile => ({
      label,
      path: paths.export(projectId, { from, to, format }),
      mediaType,
      name: `charges-${projectId}-${from}-${to}.${extension}`,
    }),
  );
  return (
    <section class="screen-only" aria-labelledby="export">
      <h3 id="export">Billed charges as one file</h3>
      <div class="toolbar">
        <div class="actions">
          <MonthChoice
            label="From"
            month={chosen.from}
            months={months}
            onChoose={(month) => setChosen({ ...chosen, from: month })}
          />
          <MonthChoice
            label="to"
            month={chosen.to}
            months={months}
            onChoose={(month) => setChosen({ ...chosen, to: month })}
          />
        </div>
        <Downloads title="Download" files={files} />
      </div>
    </section>
  );
};
