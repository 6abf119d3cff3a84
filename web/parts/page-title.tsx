import type { ComponentChildren } from 'preact';

/** The heading of a page, what kind of page it is, and what can be done with it. */
export const PageTitle = ({
  kicker,
  title,
  isId = false,
  children,
}: {
  readonly kicker: ComponentChildren;
  readonly title: string;
  /** The title is an identifier, so it may break anywhere. */
  readonly isId?: boolean;
  readonly children?: ComponentChildren;
}) => (
  <div class="title">
    <div>
      <p class="kicker">{kicker}</p>
      <h1 tabIndex={-1} class={isId ? 'id' : undefined}>
        {title}
      </h1>
    </div>
    {children}
  </div>
);
