import { monthName, nextMonth } from '../calendar.ts';

/** Events are accepted for 400 days, so usage goes back 14 months. Statements are listed apart. */
const MONTHS_BACK = 14;

/** The months to choose from, latest first, including the shown one. */
export const monthsUpTo = (current: string, shown: string): string[] => {
  const months = Array.from({ length: MONTHS_BACK }, (_, back) => nextMonth(current, -back));
  return months.includes(shown) ? months : [...months, shown].sort().reverse();
};

const Arrow = ({
  label,
  href,
  path,
}: {
  readonly label: string;
  readonly href?: string;
  readonly path: string;
}) => {
  const icon = (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <path d={path} />
    </svg>
  );
  return href === undefined ? (
    <span class="arrow disabled">{icon}</span>
  ) : (
    <a class="arrow" href={href} aria-label={label}>
      {icon}
    </a>
  );
};

/** Links to the previous and the next month, and a list of months up to the current one. */
export const MonthPicker = ({
  month,
  current,
  linkTo,
}: {
  readonly month: string;
  readonly current: string;
  readonly linkTo: (month: string) => string;
}) => {
  const before = nextMonth(month, -1);
  const after = nextMonth(month);
  return (
    <nav class="month-picker" aria-label="Month">
      <Arrow label={`Month before: ${monthName(before)}`} href={linkTo(before)} path="M10 3 5 8l5 5" />
      <select
        aria-label="Month"
        value={month}
        onChange={({ currentTarget }) => {
          location.hash = linkTo(currentTarget.value);
        }}
      >
        {monthsUpTo(current, month).map((id) => (
          <option key={id} value={id}>
            {monthName(id)}
          </option>
        ))}
      </select>
      <Arrow
        label={`Month after: ${monthName(after)}`}
        {...(after <= current && { href: linkTo(after) })}
        path="m6 3 5 5-5 5"
      />
    </nav>
  );
};
