import { STATUS_CODES } from 'node:http';

/** An error as the provider answers it. */
export class ApiError extends Error {
  readonly status: number;
  readonly errorCode: string;

  constructor(status: number, errorCode: string, message: string) {
    super(message);
    this.status = status;
    this.errorCode = errorCode;
  }

  get body() {
    const { errorCode, message, status } = this;
    return { errorCode, httpCode: `${status} ${STATUS_CODES[status] ?? ''}`.trim(), message };
  }
}

export const notFound = (what: string): ApiError => new ApiError(404, 'NOT_FOUND', `${what} does not exist`);
