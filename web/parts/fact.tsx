import type { ComponentChildren } from 'preact';

/** A named value with a hint or several. `class` is how the value looks: a figure or an id. */
export const Fact = ({
  name,
  hint,
  class: kind,
  children,
}: {
  readonly name: string;
  readonly hint?: string | readonly string[] | undefined;
  readonly class?: string | undefined;
  readonly children: ComponentChildren;
}) => (
  <div>
    <dt>{name}</dt>
    <dd class={kind}>{children}</dd>
    {[hint ?? []].flat().map((line) => (
      <dd key={line} class="hint">
        {line}
      </dd>
    ))}
  </div>
);
