import { Refusal } from '../../../lib/refusal.ts';

/** The refusal that `act` throws. */
export const refusalOf = async (act: () => unknown): Promise<Refusal> => {
  try {
    await act();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};
