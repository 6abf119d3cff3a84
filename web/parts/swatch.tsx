import { seriesOf } from './series.ts';

/** The color of a flavor among all that are shown. */
export const Swatch = ({
  flavor,
  flavors,
}: {
  readonly flavor: string;
  readonly flavors: readonly string[];
}) => <span class={`swatch series-${seriesOf(flavors, flavor)}`} aria-hidden="true" />;
