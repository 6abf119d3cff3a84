import { createContext } from 'preact';
import { useContext, useEffect } from 'preact/hooks';

/** The billing time zone: months, days and times are shown in it. It never changes, so the first answer that names it settles it. */
export interface Zone {
  readonly known: string | undefined;
  readonly learn: (timeZone: string) => void;
}

export const ZoneContext = createContext<Zone>({ known: undefined, learn: () => {} });

/** The zone an answer named, remembered for views whose answers do not. */
export const useZone = (named?: string): string | undefined => {
  const { known, learn } = useContext(ZoneContext);
  useEffect(() => {
    if (named !== undefined) learn(named);
  }, [named, learn]);
  return named ?? known;
};
