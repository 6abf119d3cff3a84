import { dayName } from '../calendar.ts';
import { grouped } from '../money.ts';
import type { DailyCost } from './daily-cost.ts';
import { NumberHead } from './table-cells.tsx';

const DayRow = ({
  day: { date, parts, total },
  flavors,
}: {
  readonly day: DailyCost;
  readonly flavors: readonly string[];
}) => (
  <tr>
    <th scope="row">{dayName(date)}</th>
    {flavors.map((flavor) => (
      <td key={flavor} class="number">
        {grouped(parts.find((part) => part.flavor === flavor)?.amount ?? '–')}
      </td>
    ))}
    <td class="number">{grouped(total)}</td>
  </tr>
);

/** The cost per day as a table, without days of no usage. */
export const DayTable = ({
  days,
  flavors,
  currency,
}: {
  readonly days: readonly DailyCost[];
  readonly flavors: readonly string[];
  readonly currency: string;
}) => (
  <details>
    <summary>As a table</summary>
    <section
      class="scroll"
      aria-label="Cost per day as a table"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls a wide table.
      tabIndex={0}
    >
      <table>
        <caption class="visually-hidden">Cost per day</caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            {flavors.map((flavor) => (
              <NumberHead key={flavor}>{flavor}</NumberHead>
            ))}
            <NumberHead>Total, {currency}</NumberHead>
          </tr>
        </thead>
        <tbody>
          {days
            .filter(({ parts }) => parts.length > 0)
            .map((day) => (
              <DayRow key={day.date} day={day} flavors={flavors} />
            ))}
        </tbody>
      </table>
    </section>
  </details>
);
