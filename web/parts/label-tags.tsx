/** The labels of a job as small tags. */
export const LabelTags = ({
  labels = {},
}: {
  readonly labels?: Readonly<Record<string, string>> | undefined;
}) =>
  Object.keys(labels).length === 0 ? null : (
    <ul class="labels" aria-label="Labels">
      {Object.entries(labels).map(([key, value]) => (
        <li key={key} class="tag label">
          {key}
          {value !== '' && <span class="muted">=</span>}
          {value}
        </li>
      ))}
    </ul>
  );
