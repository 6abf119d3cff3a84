/**
 * A call failed although it was retried; the same call may succeed later. `cause` is the engine's
 * own error, for the log.
 */
export class TableUnavailable extends Error {
  override readonly name = 'TableUnavailable';

  constructor(cause: Error) {
    super(`the table is not available: ${cause.message || cause.name}`, { cause });
  }
}
