import { createContext } from 'preact';
import { useContext, useEffect } from 'preact/hooks';

/** The billing time zone, in which all times are shown. It never changes after the first answer. */
export interface Zone {
  readonly known: string | undefined;
  readonly learn: (timeZone: string) => void;
}

export const ZoneContext = createContext<Zone>({ known: undefined, learn: () => {} });

/** The zone that an answer states, remembered for views whose answers have none. */
export const useZone = (stated?: string): string | undefined => {
  const { known, learn } = useContext(ZoneContext);
  useEffect(() => {
    if (stated !== undefined) learn(stated);
  }, [stated, learn]);
  return stated ?? known;
};
