/** The labels of a job as small tags. */
export const LabelTags = ({
  labels = {},
}: {
  readonly labels?: Readonly<Record<string, string>> | undefined;
}) => (
  <>
    {Object.entries(labels).map(([key, value]) => (
      <span key={key} class="tag label">
        {key}
        {value !== '' && <span class="muted">=</span>}
        {value}
      </span>
    ))}
  </>
);
