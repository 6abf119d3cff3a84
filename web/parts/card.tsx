import type { ComponentChildren } from 'preact';

/** A section of a page with its heading. `id` is that of the heading, which names the section. */
export const Card = ({
  id,
  title,
  class: extra,
  children,
}: {
  readonly id: string;
  readonly title: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}) => (
  <section class={extra === undefined ? 'card' : `card ${extra}`} aria-labelledby={id}>
    <h2 id={id}>{title}</h2>
    {children}
  </section>
);
